/**
 * promtool's own judgement of the metrics and the alert rules.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { AgentMetrics, ManagerMetrics } from "../../lib/observe/mod.ts";
import { fromFileUrl } from "../../scripts/files.ts";
import { alerts } from "../../scripts/monitoring/alerts.ts";
import { passOver, session } from "../observe/state.ts";
import { cluster, service, slice } from "../support/objects.ts";
import { FakeClock } from "../support/fake_clock.ts";

const root = new URL("../../", import.meta.url);

async function promtool(args: readonly string[], stdin = ""): Promise<string> {
  const child = new Deno.Command("promtool", {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
  assertEquals([code, text.includes("FAILED")], [0, false], text);
  return text;
}

/** Without root the lab's programs are not installed. */
function promtoolTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: Deno.uid() !== 0, fn });
}

const process = () => ({ version: "0.0.0", startedAt: 0 });

promtoolTest("promtool finds nothing wrong with the metrics of both modes", async () => {
  const manager = new ManagerMetrics({
    clock: new FakeClock(),
    sessions: () => [session("leaf", { lastEnd: { at: 1, by: "tcp", error: "none" } })],
    speaker: () => ({ connectionsRefused: 0 }),
    leads: () => true,
    process,
  });
  const services = [service("web"), service("idle")];
  manager.pass(passOver(cluster({ services, endpointSlices: [slice("web", ["node1"])] })));
  manager.told(5);
  const agent = new AgentMetrics({ clock: new FakeClock(), process, speaking: () => undefined });
  agent.pass({ wanted: { eips: [] }, status: undefined, ms: 1 });
  for (const text of [await manager.text(), await agent.text()]) {
    assertStringIncludes(text, "porter_build_info{");
    assertEquals(await promtool(["check", "metrics"], text), "");
  }
});

promtoolTest("promtool takes the alert rules, and they fire when they shall", async () => {
  const path = (name: string) => fromFileUrl(new URL(name, root));
  const checked = await promtool(["check", "rules", path("manifests/monitoring/alerts.yaml")]);
  assertStringIncludes(checked, `${alerts.length} rules found`);
  const tested = await promtool(["test", "rules", path("tests/golden/alerts/alerts_test.yaml")]);
  assertStringIncludes(tested, "SUCCESS");
});
