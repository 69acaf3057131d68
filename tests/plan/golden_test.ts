/**
 * Cases of manifests in and text out, as `porter plan` prints it: tests/golden/plan/<case>/ has
 * manifests.yaml, or before.yaml and after.yaml for an edit: then the first is planned and written
 * until nothing changes, and the plan of the second is printed. `PORTER_UPDATE=1 deno test -A
 * tests/plan/golden_test.ts` writes the expected texts anew; read the difference before you keep it.
 */

import { assert, assertEquals } from "@std/assert";
import { parseAllDocuments } from "yaml";
import { hostState, plan, planToJson, recorded, renderPlan } from "../../lib/plan/mod.ts";
import { refusalMeanings } from "../../lib/refusal/mod.ts";
import { type Raw, World } from "./world.ts";

const folder = new URL("../golden/plan/", import.meta.url);
const update = Deno.env.get("PORTER_UPDATE") === "1";

/**
 * Reasons that the loops give, not the plan; RackUnknown needs one that runs somewhere, PoolClaimsFull a
 * megabyte of claims (claims_room_test.ts).
 */
const notOfPlans: readonly string[] = [
  "NodesHeld",
  "WithdrawalsHeld",
  "ListenFailed",
  "RackUnknown",
  "PoolClaimsFull",
  "RouteCapReached",
  "FamilyNotNegotiated",
  "SocketOptionsDenied",
  "PortForwardFailed",
];

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(new URL(path, folder));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

function documents(text: string): readonly Raw[] {
  return parseAllDocuments(text).map((each) => {
    assertEquals(each.errors, []);
    return each.toJS() as Raw;
  });
}

/** The objects of a text, after those of the cluster unless the text begins with "# alone". */
function objects(text: string): readonly Raw[] {
  const own = documents(text);
  return text.startsWith("# alone") ? own : [...documents(read("cluster.yaml") ?? ""), ...own];
}

function print(name: string): string {
  const before = read(`${name}/before.yaml`);
  const after = read(before === undefined ? `${name}/manifests.yaml` : `${name}/after.yaml`);
  assert(after !== undefined, `Case ${name} has no manifests`);
  const world = new World(before === undefined ? [] : objects(before));
  world.store.setObjects(objects(after));
  const snapshot = world.store.snapshot();
  const planned = plan(snapshot);
  const written = recorded(snapshot, planned);
  const hostStates = snapshot.nodes.map(({ ref }) => ({
    node: ref.name,
    state: hostState(written),
  }));
  assert(JSON.stringify(planToJson(planned, hostStates)).includes('"complete":true'));
  return renderPlan(planned, hostStates);
}

const cases = [...Deno.readDirSync(folder)].filter((each) => each.isDirectory)
  .map((each) => each.name).sort();

for (const name of cases) {
  Deno.test(`plan case ${name}`, () => {
    const printed = print(name);
    if (update) Deno.writeTextFileSync(new URL(`${name}/expected.txt`, folder), printed);
    assertEquals(printed, read(`${name}/expected.txt`));
  });
}

Deno.test("there are plan cases, and every reason that a plan can refuse with is among them", () => {
  assert(cases.length >= 40, `only ${cases.length} cases were found`);
  const all = cases.map((name) => read(`${name}/expected.txt`) ?? "").join("\n");
  const missing = Object.keys(refusalMeanings)
    .filter((reason) => !notOfPlans.includes(reason) && !all.includes(`: ${reason}: `));
  assertEquals(missing, []);
});
