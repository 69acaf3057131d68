import { assertEquals } from "@std/assert";
import type { Node } from "../../lib/objects/mod.ts";
import { Planner } from "../../lib/plan/mod.ts";
import { bgpConf, bgpPeer, node, snapshot } from "../support/objects.ts";

const asPerRack = { r1: 64621, r2: 64622 };

/** A manager's AS and refusals in a cluster with these nodes. */
function planned(host: string | undefined, nodes: readonly Node[], racks: object = asPerRack) {
  const confs = [bgpConf("conf", { asPerRack: racks as Record<string, number> })];
  const { speaker, refusals } = new Planner({ host }).plan(
    snapshot({ bgpConfs: confs, nodes }),
  );
  return { as: speaker?.as, refusals: refusals.map(({ message }) => message) };
}

const racked = (key: string, rack: string): Node =>
  node("n1", ["10.0.0.11"], { labels: { [key]: rack } });

Deno.test("a speaker has the AS of its node's rack, by the label of porter or of OpenELB", () => {
  for (const key of ["porter.kubesphere.io/rack", "openelb.kubesphere.io/rack"]) {
    assertEquals(planned("n1", [racked(key, "r1")]), { as: 64621, refusals: [] });
    assertEquals(planned("n1", [racked(key, "r2")]), { as: 64622, refusals: [] });
  }
});

Deno.test("a speaker whose rack is not known has the BgpConf's AS, and says why", () => {
  const no = (why: string) => ({
    as: 64620,
    refusals: [`Cannot take an AS of spec.asPerRack: ${why}; AS 64620 is used`],
  });
  const key = "porter.kubesphere.io/rack";
  assertEquals(planned("n1", [racked(key, "r9")]), no("rack r9 of Node n1 is not in it"));
  assertEquals(planned("n1", [node("n1", [])]), no(`Node n1 has no label ${key}`));
  assertEquals(planned("n2", [racked(key, "r1")]), no("there is no Node n2"));
  assertEquals(planned("", []), no("porter manager was started without --node"));
  assertEquals(planned(undefined, []), { as: 64620, refusals: [] });
  assertEquals(planned("n1", [], {}), { as: 64620, refusals: [] });
});

Deno.test("an agent has the AS of its own node's rack", () => {
  const nodes = [racked("porter.kubesphere.io/rack", "r2")];
  const peer = bgpPeer("leaf", "10.0.0.1", {
    speakers: { type: "Agents", nodeSelector: { requirements: [] } },
  });
  const plan = new Planner({ node: "n1" }).plan(
    snapshot({ bgpConfs: [bgpConf("conf", { asPerRack })], bgpPeers: [peer], nodes }),
  );
  assertEquals(plan.speaker?.as, 64622);
});

Deno.test("a label that changes changes the AS, and all else stays as it is", () => {
  const planner = new Planner({ host: "n1" });
  const bgpConfs = [bgpConf("conf", { asPerRack })];
  const at = (rack: string) =>
    planner.plan(snapshot({ bgpConfs, nodes: [racked("porter.kubesphere.io/rack", rack)] }))
      .speaker;
  const first = at("r1");
  assertEquals(first?.as, 64621);
  assertEquals(at("r1") === first, true);
  assertEquals(at("r2")?.as, 64622);
});

Deno.test("where agents speak, the managers say which agent has no rack, and nothing of their own", () => {
  const key = "porter.kubesphere.io/rack";
  const peer = bgpPeer("leaf", "10.0.0.1", {
    speakers: { type: "Agents", nodeSelector: { requirements: [] } },
  });
  const reasons = (nodes: readonly Node[]) =>
    new Planner({ host: "" }).plan(
      snapshot({ bgpConfs: [bgpConf("conf", { asPerRack })], bgpPeers: [peer], nodes }),
    ).refusals.filter(({ reason }) => reason === "RackUnknown").map(({ message }) => message);
  assertEquals(reasons([racked(key, "r1")]), []);
  assertEquals(reasons([racked(key, "r9")]), [
    "Cannot take an AS of spec.asPerRack: rack r9 of Node n1 is not in it; AS 64620 is used",
  ]);
});
