/**
 * The brake: what it holds, what it lets pass, what it never holds, and how it is released.
 */

import { assert, assertEquals } from "@std/assert";
import { formatAddress, formatPrefix } from "../../lib/net/mod.ts";
import type { BgpConf, Node, Snapshot } from "../../lib/objects/mod.ts";
import { BrakedPlanner, events, type Plan, Planner, statuses } from "../../lib/plan/mod.ts";
import { BrakedPlans } from "../../lib/plan/braked_plan.ts";
import { bgpConf, eip, node, service, slice, snapshot } from "../support/objects.ts";

const settings = { maxWithdrawn: 50, within: 10_000, minRoutes: 3 };
const start = Date.UTC(2026, 0, 31, 12);

function conf(options: Partial<BgpConf> = {}): BgpConf {
  const made = bgpConf("conf");
  return { ...made, ...options, spec: { ...made.spec, brake: settings, ...options.spec } };
}

function releasedAt(released: number): BgpConf {
  return conf({ spec: { ...bgpConf("conf").spec, brake: { ...settings, released } } });
}

const nodes = [node("node1", ["10.0.0.1"]), node("node2", ["10.0.0.2"])];

/** Ten Services, svc0 with 203.0.113.10 to svc9 with 203.0.113.19, through both nodes. */
function world(parts: Partial<Snapshot> = {}): Snapshot {
  return snapshot({
    eips: [eip("pool")],
    bgpConfs: [conf()],
    nodes,
    services: ten.map((each) => web(each)),
    endpointSlices: ten.map((each) => slice(`svc${each}`, ["node1", "node2"])),
    ...parts,
  });
}

const ten = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

function web(number: number) {
  return service(`svc${number}`, { held: { [`203.0.113.1${number}`]: "pool" } });
}

/** The Services but these, and their slices. */
function without(...gone: readonly number[]): Pick<Snapshot, "services" | "endpointSlices"> {
  const left = ten.filter((each) => !gone.includes(each));
  return {
    services: left.map((each) => kept.services[each] ?? web(each)),
    endpointSlices: left.flatMap((each) => kept.endpointSlices[each] ?? []),
  };
}

const kept = world();

/** A speaker that follows along. */
class Follower {
  readonly planner: BrakedPlanner;
  plan: Plan | undefined;

  constructor(node?: string) {
    this.planner = new BrakedPlanner({ node });
  }

  at(seconds: number, parts: Partial<Snapshot> = {}): readonly string[] {
    const objects = world(parts);
    const now = start + seconds * 1000;
    this.plan = this.planner.plan(objects, undefined, now);
    // One without paths is withdrawn: the last node of it left.
    return this.plan.announced.filter(({ paths }) => paths.length > 0).map(({ prefix, paths }) =>
      `${formatAddress(prefix.address)} via ${
        paths.map((each) => formatAddress(each.nextHop)).join(" ")
      }`
    );
  }

  get held(): readonly string[] {
    return (this.plan?.hold?.held ?? []).map(({ last }) => formatPrefix(last.prefix));
  }
}

const both = "10.0.0.1 10.0.0.2";
const all = ten.map((each) => `203.0.113.1${each} via ${both}`);
const eight = [0, 1, 2, 3, 4, 5, 6, 7];

Deno.test("deleting more than the share at once changes nothing of what is announced", () => {
  const follower = new Follower();
  assertEquals(follower.at(0), all);
  assertEquals(follower.at(1, without(...eight)), all);
  assertEquals(follower.held, eight.map((each) => `203.0.113.1${each}/32`));
  assertEquals(follower.plan?.hold?.since, start + 1000);
  assertEquals(follower.plan?.hold?.of, 10);
  const [no] = follower.plan?.refusals.filter(({ object }) => object.kind === "BgpConf") ?? [];
  assertEquals(no?.reason, "WithdrawalsHeld");
  assertEquals(follower.at(100_000, without(...eight)), all, "it does not end by itself");
});

Deno.test("a small change is withdrawn at once, also while others are held", () => {
  const follower = new Follower();
  follower.at(0);
  assertEquals(follower.at(1, without(9)), all.slice(0, 9));
  assertEquals(follower.held, []);
  follower.at(20, without(9, 0, 1, 2, 3, 4));
  assertEquals(follower.held.length, 5);
  follower.at(40, without(9, 8, 0, 1, 2, 3, 4));
  assertEquals(follower.held.length, 5, "one more, when the change that is held is long over");
  assert(
    !follower.plan?.announced.some(({ prefix }) =>
      formatAddress(prefix.address) === "203.0.113.18"
    ),
  );
});

Deno.test("fewer routes than the least are never held", () => {
  const follower = new Follower();
  const few = { services: [web(0), web(1)], endpointSlices: kept.endpointSlices };
  follower.at(0, few);
  assertEquals(follower.at(1, { ...few, services: [] }), []);
});

Deno.test("withdrawals within the time count together, and those that went come back", () => {
  const follower = new Follower();
  follower.at(0);
  assertEquals(follower.at(1, without(0, 1, 2)), all.slice(3));
  assertEquals(follower.at(5, without(0, 1, 2, 3, 4)), all.slice(5));
  assertEquals(follower.at(9, without(0, 1, 2, 3, 4, 5)), all);
  const slow = new Follower();
  slow.at(0);
  for (const [index, each] of eight.entries()) {
    slow.at((index + 1) * 6, without(...eight.slice(0, each + 1)));
  }
  assertEquals(slow.held, [], "one every six seconds is no single change");
});

Deno.test("without spec.brake nothing is held, and the plan is the planner's", () => {
  const off = { bgpConfs: [bgpConf("conf")] };
  const follower = new Follower();
  follower.at(0, off);
  assertEquals(follower.at(1, { ...off, ...without(...eight) }), all.slice(8));
  const braked = new Follower();
  braked.at(0);
  braked.at(1, without(...eight));
  assertEquals(braked.at(2, { ...off, ...without(...eight) }), all.slice(8), "turned off");
});

Deno.test("all nodes NotReady at once: the routes stay, through the last next hops", () => {
  const down = nodes.map((each): Node => ({ ...each, ready: false }));
  const follower = new Follower();
  follower.at(0);
  assertEquals(follower.at(1, { nodes: down }), all);
  assertEquals(
    follower.at(2, { nodes: [nodes[0] as Node, down[1] as Node] }),
    ten.map((each) => `203.0.113.1${each} via 10.0.0.1`),
    "one is back: the plan has it, and nothing is held",
  );
  assertEquals(follower.held, []);
});

Deno.test("all nodes NotReady one after the other: the routes stay through all that went in the time", () => {
  const [first, second] = nodes as [Node, Node];
  const third = node("node3", ["10.0.0.3"]);
  const down = (each: Node): Node => ({ ...each, ready: false });
  const three = ten.map((each) => `203.0.113.1${each} via ${both} 10.0.0.3`);
  const follower = new Follower();
  assertEquals(follower.at(0, { nodes: [first, second, third] }), three);
  const one = { nodes: [first, down(second), third] };
  assertEquals(follower.at(20, one)[0], "203.0.113.10 via 10.0.0.1 10.0.0.3");
  const two = { nodes: [down(first), down(second), third] };
  assertEquals(follower.at(35, two)[0], "203.0.113.10 via 10.0.0.3");
  const none = { nodes: [first, second, third].map(down) };
  const last = ten.map((each) => `203.0.113.1${each} via 10.0.0.1 10.0.0.3`);
  assertEquals(follower.at(40, none), last, "the second was down long before");
  const back = { nodes: [first, down(second), down(third)] };
  assertEquals(follower.at(60, back)[0], "203.0.113.10 via 10.0.0.1");
  assertEquals(follower.held, []);
});

Deno.test("endpoints gone by mistake: a node that is down leaves as long as others are left", () => {
  const follower = new Follower();
  follower.at(0);
  assertEquals(follower.at(1, { endpointSlices: [] }), all);
  const [first, second] = nodes;
  const down: Node = { ...(first as Node), ready: false };
  const left = ten.map((each) => `203.0.113.1${each} via 10.0.0.2`);
  assertEquals(follower.at(2, { endpointSlices: [], nodes: [down, second as Node] }), left);
  assertEquals(follower.at(3, { endpointSlices: [] }), all, "and comes back");
  const web = follower.plan?.services.find((each) => each.service.name === "svc0");
  assertEquals(web?.refusals.map((each) => each.reason), ["WithdrawalsHeld", "NoReadyEndpoint"]);
  assertEquals(web?.routes.length, 1);
});

Deno.test("a drain is never held", () => {
  const leaving = nodes.map((each): Node => ({ ...each, drain: { since: start - 3_600_000 } }));
  const bgpConfs = [conf({
    spec: {
      ...bgpConf("conf").spec,
      brake: settings,
      drain: { withdrawAfter: 60, minNextHops: 0, onCordon: false },
    },
  })];
  const follower = new Follower();
  follower.at(0, { bgpConfs });
  assertEquals(follower.at(1, { bgpConfs, nodes: leaving }), []);
  const gone = new Follower();
  gone.at(0, { bgpConfs });
  gone.at(1, { bgpConfs, ...without(...eight) });
  assertEquals(gone.held.length, 8);
  assertEquals(gone.at(2, { bgpConfs, ...without(...eight), nodes: leaving }), []);
});

Deno.test("a node that is drained while routes are held says so, and leaves", () => {
  const [first, second] = nodes as [Node, Node];
  const follower = new Follower();
  follower.at(0);
  follower.at(1, without(...eight));
  const draining = [{ ...first, drain: { since: start + 1000 } }, second];
  follower.at(2, { ...without(...eight), nodes: draining });
  const [held] = follower.plan?.hold?.held ?? [];
  assertEquals(held?.route.paths.map((each) => each.attributes.communities), [
    [0xffff0000],
    undefined,
  ]);
  assertEquals(
    follower.at(100, { ...without(...eight), nodes: draining })[0],
    "203.0.113.10 via 10.0.0.2",
  );
});

Deno.test("an address that another Service has by now is that one's alone", () => {
  const follower = new Follower();
  follower.at(0);
  follower.at(1, without(...eight));
  const { services, endpointSlices } = without(...eight);
  const other = service("other", { held: { "203.0.113.10": "pool" } });
  const routes = follower.at(2, { services: [...services, other], endpointSlices });
  assert(!routes.some((each) => each.startsWith("203.0.113.10 ")), "without an endpoint");
  assertEquals(follower.held.length, 7);
  const serving = [...endpointSlices, slice("other", ["node2"])];
  assertEquals(
    follower.at(3, { services: [...services, other], endpointSlices: serving })[0],
    "203.0.113.10 via 10.0.0.1 10.0.0.2",
  );
});

Deno.test("of Services that share an address the one that stays without endpoints goes on holding it", () => {
  const sharing = { key: "k", namespaces: [] };
  const sharers = ["a", "b"].flatMap((name) =>
    ten.map((each) =>
      service(`${name}${each}`, {
        held: { [`203.0.113.1${each}`]: "pool" },
        sharing,
        ports: [{ name: "", protocol: "TCP", port: name === "a" ? 80 : 443 }],
      })
    )
  );
  const endpointSlices = ten.map((each) => slice(`b${each}`, ["node1", "node2"]));
  const follower = new Follower();
  assertEquals(follower.at(0, { services: sharers, endpointSlices }), all);
  const left = sharers.filter(({ ref }) => ref.name.startsWith("a"));
  assertEquals(follower.at(1, { services: left, endpointSlices: [] }), all);
});

Deno.test("the same Service again takes its route over, and the hold ends with the last one", () => {
  const follower = new Follower();
  follower.at(0);
  const before = follower.plan;
  follower.at(1, without(...eight));
  const held = follower.plan;
  assertEquals(follower.at(2), all);
  assertEquals(follower.plan?.hold, undefined);
  assert(before !== undefined && held !== undefined && follower.plan !== undefined);
  assertEquals(
    events(before, held).filter(({ reason }) => reason === "Withdrawn"),
    [],
    "nothing was withdrawn",
  );
  assert(
    events(before, held).some(({ reason, type, object }) =>
      reason === "WithdrawalsHeld" && type === "Warning" && object.kind === "BgpConf"
    ),
  );
  assertEquals(
    events(held, follower.plan).filter(({ reason }) => reason === "WithdrawalsReleased").length,
    1,
  );
});

Deno.test("what no pool has any more is not held, nor what is a node's own or in a pod network", () => {
  const follower = new Follower();
  follower.at(0);
  assertEquals(follower.at(1, { ...without(...ten), eips: [] }), [], "the pool went with them");
  const taken = new Follower();
  taken.at(0);
  taken.at(1, without(...eight));
  const own = [...nodes, node("node3", ["203.0.113.10"])];
  taken.at(2, { ...without(...eight), nodes: own });
  assert(!taken.held.includes("203.0.113.10/32"));
  const later = new Follower();
  later.at(0);
  later.at(1, without(...eight));
  assertEquals(
    later.at(2, { ...without(...eight), eips: [] }),
    all.slice(8),
    "the pool went after",
  );
});

Deno.test("the annotation releases this hold, and none that comes later", () => {
  const follower = new Follower();
  follower.at(0);
  const old = { bgpConfs: [releasedAt(start - 1)] };
  follower.at(1, { ...without(...eight), ...old });
  assertEquals(follower.held.length, 8, "a release of before is none of this hold");
  const released = { bgpConfs: [releasedAt(start + 2000)] };
  assertEquals(follower.at(2, { ...without(...eight), ...released }), all.slice(8));
  assertEquals(follower.plan?.hold, undefined);
  follower.at(30, released);
  assertEquals(follower.at(31, { ...without(...eight), ...released }), all);
  assertEquals(follower.held.length, 8);
});

Deno.test("after the clock was set back a hold can be released, and what is old does not count", () => {
  const follower = new Follower();
  follower.at(100_000);
  follower.at(100_001, without(...eight));
  assertEquals(follower.held.length, 8);
  const now = { bgpConfs: [releasedAt(start + 5000)] };
  follower.at(2, without(...eight));
  assertEquals(follower.plan?.hold?.since, start + 1999, "what is said is before now, too");
  assertEquals(follower.at(5, { ...without(...eight), ...now }), all.slice(8));
  const slow = new Follower();
  slow.at(100_000);
  slow.at(100_001, without(0, 1, 2, 3, 4));
  assertEquals(
    slow.at(60, without(0, 1, 2, 3, 4, 5)).length,
    4,
    "one alone, an hour later by its own",
  );
});

Deno.test("a release that lies ahead is good for nothing that comes later", () => {
  const follower = new Follower();
  const soon = { bgpConfs: [releasedAt(start + 60_000)] };
  const far = { bgpConfs: [releasedAt(start + 86_400_000)] };
  follower.at(0, soon);
  follower.at(1, { ...without(...eight), ...soon });
  assertEquals(follower.held.length, 8, "said before, for a time after");
  follower.at(2, { ...without(...eight), ...far });
  assertEquals(follower.held.length, 8, "a day ahead is no time that anybody means");
  const ahead = { bgpConfs: [releasedAt(start + 61_000)] };
  follower.at(3, { ...without(...eight), ...ahead });
  assertEquals(follower.held.length, 0, "a clock that is a minute ahead is");
});

/** The BgpConf as the store has it once the status of this plan is written. */
function written(plan: Plan | undefined, objects: Snapshot): BgpConf {
  assert(plan !== undefined);
  const patch = statuses(plan, objects, { now: start }).find(({ object }) =>
    object.kind === "BgpConf"
  );
  return conf({ status: patch?.status ?? {} });
}

Deno.test("a manager that restarts goes on holding what the status says, but for what was released", () => {
  const follower = new Follower();
  follower.at(0);
  follower.at(1, without(...eight));
  const status = written(follower.plan, world(without(...eight)));
  const { held } = status.status.brake as { held: readonly Record<string, unknown>[] };
  assertEquals(held, [{
    addresses: ["203.0.113.10-203.0.113.17"],
    paths: [{ nextHop: "10.0.0.1" }, { nextHop: "10.0.0.2" }],
  }]);
  const again = new Follower();
  assertEquals(again.at(60, { ...without(...eight), bgpConfs: [status] }), all);
  assertEquals(again.plan?.hold?.since, start + 1000);
  const released = { ...releasedAt(start + 30_000), status: status.status };
  const third = new Follower();
  assertEquals(third.at(60, { ...without(...eight), bgpConfs: [released] }), all.slice(8));
  const fresh = new Follower();
  assertEquals(fresh.at(60, { bgpConfs: [status] }), all, "what is there is not held");
  assertEquals(fresh.held, []);
});

Deno.test("a manager that cannot read the BgpConf at its start holds what the status says once it can", () => {
  const follower = new Follower();
  follower.at(0);
  follower.at(1, without(...eight));
  const bgpConfs = [written(follower.plan, world(without(...eight)))];
  const again = new Follower();
  again.at(60, { ...without(...eight), bgpConfs: [] });
  assertEquals(again.plan?.hold, undefined);
  assertEquals(again.at(61, { ...without(...eight), bgpConfs }), all);
  assertEquals(again.plan?.hold?.since, start + 1000);
  const back = new Follower();
  back.at(60, { ...without(0), bgpConfs: [] });
  back.at(61, { ...without(0), bgpConfs });
  assertEquals(back.held, ["203.0.113.10/32"], "what came back meanwhile is not held");
});

Deno.test("an agent's own routes are the same list as long as those of all are", () => {
  const agent = new Follower("node1");
  const objects = world();
  const plans = [0, 1].map((second) => {
    const eips = second === 0 ? objects.eips : [eip("pool")];
    return agent.planner.plan({ ...objects, eips }, undefined, start + second * 1000);
  });
  const [a, b] = plans as [Plan, Plan];
  assert(a !== b && a.everywhere.routes === b.everywhere.routes);
  assert(a.routes === b.routes && a.announced === b.announced);
});

Deno.test("an agent holds what leads through its own node, judged by the routes of all", () => {
  const own = ten.map((each) => `203.0.113.1${each} via 10.0.0.1`);
  const agent = new Follower("node1");
  assertEquals(agent.at(0), own);
  assertEquals(agent.at(1, without(...eight)), own);
  const alone = new Follower("node1");
  alone.at(0);
  const [first, second] = nodes as [Node, Node];
  assertEquals(
    alone.at(1, { nodes: [{ ...first, ready: false }, second] }),
    [],
    "its node is out, the routes are there through the other: nothing is held",
  );
});

Deno.test("of Services only those that changed are marked anew, with the same result", () => {
  const follower = new Follower();
  follower.at(0);
  const services = [...kept.services];
  const others = { eips: kept.eips, bgpConfs: kept.bgpConfs, endpointSlices: [] };
  follower.at(1, { ...others, services: [...services] });
  const before = follower.plan;
  for (
    const edit of [
      () => void services.splice(4, 1, web(4)),
      () => void services.splice(0, 0, service("aaa", { held: { "203.0.113.99": "pool" } })),
      () => void services.splice(6, 1),
      () => void services.splice(2, 3, web(1)),
    ]
  ) {
    edit();
    const objects = world({ ...others, services: [...services] });
    const plan = follower.planner.plan(objects, undefined, start + 2000);
    const [conf] = objects.bgpConfs;
    assert(plan.hold !== undefined && conf !== undefined);
    const plain = new Planner().plan(objects, undefined, start + 2000);
    const whole = new BrakedPlans(undefined).of(plain, plan.hold, { conf, snapshot: objects });
    assertEquals(plan.services, whole.services);
    assertEquals(plan.refusals, whole.refusals);
    const last = ({ services }: Plan) => services.at(-1);
    assert(before !== undefined && last(plan) === last(before), "who did not change is the same");
  }
});

Deno.test("what is held gives the same objects again as long as nothing changes", () => {
  const follower = new Follower();
  follower.at(0);
  const objects = world(without(...eight));
  const plans = [1, 2].map((second) => {
    const now = start + second * 1000;
    return follower.planner.plan(objects, undefined, now);
  });
  const [a, b] = plans as [Plan, Plan];
  assert(a.announced === b.announced && a.services === b.services && a.hold === b.hold);
  assert(a.refusals === b.refusals);
});
