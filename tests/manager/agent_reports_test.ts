import { assertEquals } from "@std/assert";
import { AgentReports } from "../../lib/manager/agent_reports.ts";
import { silentLog, type SpeakerReport } from "../../lib/ports/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("reports are read while they are wanted, every ten seconds, also after a failure", async () => {
  const clock = new FakeClock();
  const report: SpeakerReport = { node: "node1", at: 1, sessions: [] };
  let reads = 0;
  let told = 0;
  const read = (): Promise<readonly SpeakerReport[]> =>
    ++reads === 2 ? Promise.reject(new Error("away")) : Promise.resolve([report]);
  const reports = new AgentReports({
    ...{ reports: { read }, clock, log: silentLog },
    onRead: () => told++,
  });
  await clock.advance(60_000);
  assertEquals([reads, reports.latest], [0, undefined]);
  reports.want(true);
  await clock.advance(25_000);
  assertEquals([reads, told, reports.latest], [3, 2, [report]]);
  reports.want(false);
  await clock.advance(60_000);
  assertEquals([reads, reports.latest], [3, undefined]);
  await reports.stop();
  assertEquals(clock.pending, 0);
});
