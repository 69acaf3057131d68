/** An agent reads all that a manager reads only where a BgpPeer asks this very agent to speak. */

import { assertEquals } from "@std/assert";
import { AgentSpeaking, type AgentSpeakingOptions } from "../../lib/cli/agent_speaking.ts";
import type { ReadingSource, View } from "../../lib/cli/source.ts";
import { forwardRefusals } from "../../lib/plan/mod.ts";
import { silentLog, type SpeakerReport } from "../../lib/ports/mod.ts";
import { openMemoryStore } from "../../lib/store/mod.ts";
import { FakeClock, settle } from "../support/fake_clock.ts";

const node = (labels: Readonly<Record<string, string>>) => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "node1", labels },
});
const peer = (rack: string) => ({
  apiVersion: "network.kubesphere.io/v1alpha1",
  kind: "BgpPeer",
  metadata: { name: "leaf" },
  spec: {
    config: { peerAs: 64600, neighborAddress: "10.0.0.1" },
    speakers: { type: "Agents", nodeSelector: { matchLabels: { rack } } },
  },
});

/** What a test has its own of; the rest refuses to be used. */
interface World extends Partial<Pick<AgentSpeakingOptions, "clock" | "refused">> {
  readonly view?: ReadingSource["view"];
  readonly write?: ReadingSource["reports"]["write"];
  readonly connect?: AgentSpeakingOptions["transport"]["connect"];
}

/** The speaking of node1 over this store. */
function speakingOver(store: ReadingSource["store"], world: World = {}): AgentSpeaking {
  const unused = () => Promise.reject(new Error("not in this test"));
  const { clock = new FakeClock(), refused = () => [] } = world;
  const { view = unused, write = unused, connect = unused } = world;
  return new AgentSpeaking({
    node: "node1",
    source: { store, fields: {}, view, reports: { write }, close: async () => {} },
    transport: {
      connect,
      listen: () => {
        throw new Error("an agent dials");
      },
    },
    datagrams: { seesTtl: true, open: unused },
    ...{ clock, refused, log: silentLog },
  });
}

Deno.test("an agent opens its view of everything when a BgpPeer selects its node, once", async () => {
  const store = openMemoryStore([node({ rack: "a" }), peer("b")]);
  let opened = 0;
  const view = (): Promise<View> => {
    opened++;
    return Promise.resolve({ store, unreadable: new Map(), close: async () => {} });
  };
  const speaking = speakingOver(store, { view });
  speaking.start();
  await settle();
  assertEquals(opened, 0, "the peer is another rack's");
  assertEquals(speaking.said, undefined);
  store.setObjects([node({ rack: "b" }), peer("b")]);
  await settle();
  assertEquals(opened, 1);
  store.setObjects([node({ rack: "b" }), peer("b"), peer("c")]);
  await settle();
  assertEquals(opened, 1);
  await speaking.stop({ keepRoutes: false });
});

const conf = {
  apiVersion: "network.kubesphere.io/v1alpha1",
  kind: "BgpConf",
  metadata: { name: "conf" },
  spec: { as: 64620, routerID: "10.0.0.250", port: 17900 },
};

Deno.test("an agent that never speaks reports what its node refuses, and that it is over", async () => {
  const store = openMemoryStore([node({}), conf]);
  const clock = new FakeClock();
  const reports: SpeakerReport[] = [];
  let error: string | undefined;
  const speaking = speakingOver(store, {
    clock,
    write: (report) => Promise.resolve(void reports.push(report)),
    refused: () => forwardRefusals(store.snapshot(), error),
  });
  speaking.start();
  await clock.advance(30_000);
  assertEquals(reports, []);
  error = "Cannot run nft -f: Operation not supported";
  speaking.changed();
  await clock.advance(15_000);
  const message = `Cannot forward port 179 to port 17900: ${error}`;
  assertEquals(reports.map(({ refusals, sessions }) => ({ refusals, sessions })), [
    { refusals: [{ reason: "PortForwardFailed", message }], sessions: [] },
  ]);
  error = undefined;
  speaking.changed();
  await clock.advance(15_000);
  assertEquals(reports.length, 2);
  assertEquals(reports[1]?.refusals, undefined);
  error = "Cannot run nft -f: Operation not supported";
  speaking.changed();
  await clock.advance(15_000);
  assertEquals(reports.length, 3);
  await speaking.stop({ keepRoutes: false });
  assertEquals(
    reports.length,
    4,
    "the next agent has nothing to say, and this one's word must not stand",
  );
  assertEquals(reports[3]?.refusals, undefined);
  assertEquals(clock.pending, 0);
});

Deno.test("an agent that stops ends its sessions at once, also while a report is not answered", async () => {
  const addresses = [{ type: "InternalIP", address: "10.0.0.11" }];
  const conditions = [{ type: "Ready", status: "True" }];
  const own = { ...node({ rack: "b" }), status: { addresses, conditions } };
  const store = openMemoryStore([own, peer("b"), conf]);
  const clock = new FakeClock();
  let [dialling, reporting] = [0, 0];
  const answer = Promise.withResolvers<void>();
  const speaking = speakingOver(store, {
    clock,
    write: () => {
      reporting++;
      return answer.promise;
    },
    view: () => Promise.resolve({ store, unreadable: new Map(), close: async () => {} }),
    connect: ({ signal }) => {
      dialling++;
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => {
        dialling--;
        reject(signal.reason);
      });
      return promise;
    },
  });
  speaking.start();
  await clock.advance(10_000);
  assertEquals([dialling, reporting], [1, 1]);
  let stopped = false;
  const stopping = speaking.stop({ keepRoutes: false }).then(() => stopped = true);
  await settle();
  assertEquals([dialling, stopped], [0, false]);
  answer.resolve();
  await stopping;
});
