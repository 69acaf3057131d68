/**
 * Statuses beside the manifests: where they stand, who wins, and what survives.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { parse } from "yaml";
import { formatAddress } from "../../../lib/net/mod.ts";
import { recordAnnotation, type Snapshot } from "../../../lib/objects/mod.ts";
import type { ObjectEvent } from "../../../lib/ports/mod.ts";
import { StoreError } from "../../../lib/store/mod.ts";
import {
  assignment,
  heldBy,
  rawEip,
  rawService,
  serviceNamed,
  until,
} from "../../contract/store_contract.ts";
import { Rig, yamlOf } from "./support.ts";

function reserved({ reserved }: Snapshot): string[] {
  return (reserved ?? []).map(({ address, service }) =>
    `${formatAddress(address)} ${service.name}`
  );
}

const statusFile = ".status/Service/shop/web.yaml";

Deno.test("a status stands beside the manifest, shaped like the object; the manifest is untouched", async () => {
  await using rig = await Rig.make();
  const text = "# mine\n" + yamlOf([rawService("web"), rawEip("edge", "203.0.113.0/24")]);
  await rig.put("a.yaml", text);
  const store = await rig.open();
  await store.patch([
    assignment("web", "203.0.113.1"),
    { object: { kind: "Eip", namespace: "", name: "edge" }, status: { usage: 1 } },
  ]);
  assertEquals(await Deno.readTextFile(rig.path("a.yaml")), text);
  assertEquals(parse(await Deno.readTextFile(rig.path(statusFile))), {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "web",
      namespace: "shop",
      annotations: { [recordAnnotation]: "203.0.113.1 pool=edge by=pool" },
    },
    status: { loadBalancer: { ingress: [{ ip: "203.0.113.1" }] } },
  });
  assertEquals(parse(await Deno.readTextFile(rig.path(".status/Eip/edge.yaml"))), {
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind: "Eip",
    metadata: { name: "edge" },
    status: { usage: 1 },
  });
  const left = [...Deno.readDirSync(rig.path(".status/Service/shop"))].map(({ name }) => name);
  assertEquals(left, ["web.yaml"]);
});

Deno.test("a status file goes when nothing is said any more", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("web")]);
  const store = await rig.open();
  await store.patch([assignment("web", "203.0.113.1")]);
  const { object } = assignment("web", "");
  await store.patch([{
    object,
    annotations: { [recordAnnotation]: null },
    status: { loadBalancer: null },
  }]);
  await assertRejects(() => Deno.stat(rig.path(statusFile)));
});

Deno.test("the user's annotations win, but for our own record", async () => {
  await using rig = await Rig.make();
  const annotations = {
    "lb.kubesphere.io/v1alpha1": "porter",
    "eip.porter.kubesphere.io/v1alpha1": "203.0.113.7",
    [recordAnnotation]: "203.0.113.9 pool=copied by=pool",
  };
  await rig.put("a.yaml", [
    rawService("web", { metadata: { name: "web", namespace: "shop", annotations } }),
  ]);
  const store = await rig.open();
  const { object } = assignment("web", "");
  await store.patch([{
    object,
    annotations: {
      "eip.porter.kubesphere.io/v1alpha1": "203.0.113.1",
      "lb.kubesphere.io/v1alpha1": null,
      [recordAnnotation]: "203.0.113.1 pool=edge by=pool",
    },
  }]);
  const service = serviceNamed(store.snapshot(), "web");
  assertEquals(service.annotations, {
    ...annotations,
    [recordAnnotation]: "203.0.113.1 pool=edge by=pool",
  });
  assertEquals(service.requested?.text, "203.0.113.7");
  await store.patch([{ object, annotations: { [recordAnnotation]: null } }]);
  assertEquals(serviceNamed(store.snapshot(), "web").holds, []);
  const again = await rig.open();
  assertEquals(serviceNamed(again.snapshot(), "web").holds, []);
});

Deno.test("what others write into a status file is seen, and survives a patch", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("web")]);
  const store = await rig.open();
  await store.patch([assignment("web", "203.0.113.1")]);
  const document = parse(await Deno.readTextFile(rig.path(statusFile)));
  document.status.theirs = { kept: true };
  // The patch comes before the watch can have told of it, when all else was dealt with.
  await pause(100);
  Deno.writeTextFileSync(rig.path(statusFile), yamlOf([document]));
  await store.patch([{ object: assignment("web", "").object, status: { ours: 1 } }]);
  const { status } = serviceNamed(store.snapshot(), "web");
  assertEquals([status.theirs, status.ours], [{ kept: true }, 1]);
  document.status.loadBalancer.ingress = [{ ip: "203.0.113.2" }];
  await rig.put(statusFile, [document]);
  await until(
    store,
    "the status was read again",
    (now) => heldBy(now, "web").includes("203.0.113.2"),
  );
});

Deno.test("a status file that cannot be read is said so, and what was known stays", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("web")]);
  const store = await rig.open();
  await store.patch([assignment("web", "203.0.113.1")]);
  await rig.put(statusFile, "status: [\n");
  while (!rig.logged.includes("status.unreadable")) await pause(5);
  assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.1"]);
  await store.patch([{ object: assignment("web", "").object, status: { ours: 1 } }]);
  const again = await rig.open();
  assertEquals(heldBy(again.snapshot(), "web"), ["203.0.113.1"]);
});

Deno.test("statuses may stand elsewhere, in a folder that is made when it is needed", async () => {
  await using rig = await Rig.make();
  await rig.put("objects/a.yaml", [rawService("web")]);
  const options = {
    directory: rig.path("objects"),
    statusDirectory: rig.path("state/of/porter"),
    rescanMs: 50,
  };
  const agent = await rig.open(options);
  const manager = await rig.open(options);
  await manager.patch([assignment("web", "203.0.113.1")]);
  await until(agent, "the agent has seen it", (now) => heldBy(now, "web").length === 1);
  await manager.patch([assignment("web", "203.0.113.2")]);
  await until(
    agent,
    "the agent has seen the next",
    (now) => heldBy(now, "web").includes("203.0.113.2"),
  );
  assertEquals([...Deno.readDirSync(rig.path("objects"))].map(({ name }) => name), ["a.yaml"]);
});

Deno.test("addresses of a Service whose file is away are reserved, and its own again when it is back", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("web")]);
  const store = await rig.open({ pruneAfterMs: 600_000, rescanMs: 20 });
  await store.patch([assignment("web", "203.0.113.1")]);
  assertEquals(reserved(store.snapshot()), []);
  await Deno.rename(rig.path("a.yaml"), rig.path("a.away"));
  const away = await until(store, "web is gone", ({ services }) => services.length === 0);
  assertEquals(reserved(away), ["203.0.113.1 web"]);
  await pause(200);
  assertEquals(reserved(store.snapshot()), ["203.0.113.1 web"]);
  const restarted = await rig.open();
  assertEquals(reserved(restarted.snapshot()), ["203.0.113.1 web"]);
  await Deno.rename(rig.path("a.away"), rig.path("a.yaml"));
  const back = await until(store, "web is back", ({ services }) => services.length === 1);
  assertEquals(reserved(back), []);
  assertEquals(heldBy(back, "web"), ["203.0.113.1"]);
});

Deno.test("addresses of a Service that was broken when porter started are reserved", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("web")]);
  await (await rig.open()).patch([assignment("web", "203.0.113.1")]);
  await rig.put("a.yaml", [rawService("web", { spec: { ports: [{ port: "x" }] } })]);
  const store = await rig.open({ pruneAfterMs: 0, rescanMs: 20 });
  await pause(200);
  assertEquals(store.snapshot().services, []);
  assertEquals(reserved(store.snapshot()), ["203.0.113.1 web"]);
  await rig.put("a.yaml", "not: [closed\n");
  await until(
    store,
    "the file is broken",
    ({ faults }) => faults[0]?.message.includes("YAML") === true,
  );
  await pause(200);
  assertEquals(reserved(store.snapshot()), ["203.0.113.1 web"]);
});

Deno.test("the status of an object that is gone for long is removed by the one who writes", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("web"), rawService("api")]);
  const agent = await rig.open({ rescanMs: 20 });
  const manager = await rig.open({ pruneAfterMs: 100, rescanMs: 600_000 });
  await manager.patch([assignment("web", "203.0.113.1"), assignment("api", "203.0.113.2")]);
  await rig.put("a.yaml", [rawService("api")]);
  await until(
    manager,
    "nothing is reserved",
    (now) => now.services.length === 1 && reserved(now).length === 0,
  );
  await assertRejects(() => Deno.stat(rig.path(statusFile)));
  await until(
    agent,
    "the agent knows too",
    (now) => now.services.length === 1 && reserved(now).length === 0,
  );
  assertEquals(heldBy(agent.snapshot(), "api"), ["203.0.113.2"]);
});

Deno.test("a status that cannot be written is a clear error, and keeps no other from being written", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("web"), rawService("api")]);
  const store = await rig.open();
  await rig.put(".status/Service/shop/api.yaml/in-the-way", "x");
  const thrown = await assertRejects(
    () => store.patch([assignment("api", "203.0.113.2"), assignment("web", "203.0.113.1")]),
  );
  assert(thrown instanceof StoreError);
  assertMatch(
    thrown.message,
    /^Cannot write ".*\.status\/Service\/shop\/api\.yaml": is a directory$/i,
  );
  assertEquals(heldBy(store.snapshot(), "api"), []);
  assertEquals(heldBy(store.snapshot(), "web"), ["203.0.113.1"]);
  await Deno.remove(rig.path(".status/Service/shop/api.yaml"), { recursive: true });
  await store.patch([assignment("api", "203.0.113.2")]);
  assertEquals(heldBy(store.snapshot(), "api"), ["203.0.113.2"]);
});

Deno.test("a status directory that cannot be made is a clear error", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("web")]);
  await rig.put("file", "x");
  const store = await rig.open({ statusDirectory: rig.path("file/status") });
  const thrown = await assertRejects(
    () => store.patch([assignment("web", "203.0.113.1")]),
  );
  assert(thrown instanceof StoreError);
  assertMatch(
    thrown.message,
    /^Cannot write ".*file\/status\/Service\/shop\/web\.yaml": not a directory$/i,
  );
  store.record(event("into nowhere"));
  await store.close();
  assert(rig.logged.includes("events.unwritten"));
});

function event(message: string): ObjectEvent {
  const { object } = assignment("web", "");
  return { object, type: "Normal", reason: "AddressAssigned", message };
}

Deno.test("events are JSON lines beside the statuses, oldest first, in bounded files", async () => {
  await using rig = await Rig.make();
  const store = await rig.open();
  store.record(event("first"));
  store.record(event("second"));
  await store.close();
  const lines = (await Deno.readTextFile(rig.path(".status/events.log"))).trim().split("\n")
    .map((line) => JSON.parse(line));
  assertEquals(lines.map(({ message }) => message), ["first", "second"]);
  const { time, ...rest } = lines[0];
  assertMatch(time, /^\d{4}-\d\d-\d\dT/);
  assertEquals(rest, {
    type: "Normal",
    reason: "AddressAssigned",
    kind: "Service",
    namespace: "shop",
    name: "web",
    message: "first",
  });
  for (let round = 0; round < 5; round++) {
    const again = await rig.open();
    for (let i = 0; i < 500; i++) again.record(event("x".repeat(1000)));
    await again.close();
  }
  const sizes = [".status/events.log", ".status/events.log.1"].map((name) =>
    Deno.statSync(rig.path(name)).size
  );
  assert(sizes.every((size) => size > 0 && size < 2 * 1024 * 1024), String(sizes));
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
