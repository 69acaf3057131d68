import { assertEquals } from "@std/assert";
import type { Plan } from "../../lib/plan/mod.ts";
import { type Raw, rawEip, rawNodes, rawService, rawSlice, rawSpeaker, World } from "./world.ts";

/** A BgpPeer that hears only of the Eips with the label. */
const choosy = (name: string, tier: string): Raw => ({
  apiVersion: "network.kubesphere.io/v1alpha1",
  kind: "BgpPeer",
  metadata: { name },
  spec: {
    config: { peerAs: 64601, neighborAddress: tier === "gold" ? "10.0.0.2" : "10.0.0.3" },
    export: { eipSelector: { matchLabels: { tier } } },
  },
});

const [conf = {}] = rawSpeaker;
const web = [rawService("web"), rawSlice("web", [{ nodeName: "node1" }])];
const pool = (tier: string): Raw => rawEip("edge", "203.0.113.0/28", {}, { labels: { tier } });

/** Reason and message of the Service's Announced condition. */
function announced(world: World): string {
  const [service] = world.store.snapshot().services;
  const conditions = service?.status["conditions"] as readonly Record<string, string>[] | undefined;
  const found = conditions?.find(({ type }) => type?.endsWith("/Announced"));
  return `${found?.["status"]} ${found?.["reason"]}: ${found?.["message"]}`;
}

Deno.test("a Service says which peers do not hear of it, in its condition and once as an event", () => {
  const world = new World([...rawSpeaker, choosy("gold", "gold"), ...rawNodes]);
  world.store.setObjects([...rawSpeaker, choosy("gold", "gold"), ...rawNodes, pool("tin"), ...web]);
  world.settle();
  const told = world.events.filter(({ reason }) => reason === "Announced");
  assertEquals(told.map(({ message }) => message), [
    "203.0.113.1/32 is announced to every peer whose session is up; " +
    "not to gold: spec.export there does not select it",
  ]);
  assertEquals(
    announced(world),
    "True Announced: 203.0.113.1 is announced to every peer whose session is up; " +
      "not to gold: spec.export there does not select it",
  );
  // The peer's own edit is enough for the Service to say so.
  world.store.setObjects([...rawSpeaker, choosy("gold", "tin"), ...rawNodes, pool("tin"), ...web]);
  world.settle();
  assertEquals(
    announced(world),
    "True Announced: 203.0.113.1 is announced to every peer whose session is up",
  );
});

Deno.test("a Service that no peer selects is not announced, and says so", () => {
  const world = new World([conf, choosy("gold", "gold"), ...rawNodes, pool("tin"), ...web]);
  assertEquals(
    announced(world),
    "False NoPeerSelects: No BgpPeer selects it by its spec.export; porter peers lists them",
  );
});

Deno.test("the only peer that begins to select nodes hears of the others no more", () => {
  const leaf = (selector: Raw): Raw => ({
    ...choosy("leaf", "gold"),
    spec: { config: { peerAs: 64601, neighborAddress: "10.0.0.2" }, export: selector },
  });
  const objects = (selector: Raw): readonly Raw[] => [
    conf,
    leaf(selector),
    ...rawNodes,
    pool("tin"),
    ...web,
  ];
  const told = (plan: Plan) =>
    plan.routes.flatMap(({ paths }) => paths.map(({ attributes }) => attributes.onlyTo));
  const world = new World(objects({}));
  assertEquals(told(world.settle()), [undefined, undefined]);
  const none = objects({ nodeSelector: { matchLabels: { row: "none" } } });
  assertEquals(told(world.settle(none)), [[], []]);
  assertEquals(told(world.settle(objects({}))), [undefined, undefined]);
});
