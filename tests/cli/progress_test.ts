import { assertEquals, assertMatch } from "@std/assert";
import { Progress } from "../../lib/cli/progress.ts";
import { build, executable, porter } from "../support/porter.ts";

const clear = "\r\x1b[K";

/** Where the line goes, and a clock that is set by hand. */
class World {
  readonly isTerminal: boolean;
  readonly said: string[] = [];
  at = 0;

  constructor(isTerminal: boolean) {
    this.isTerminal = isTerminal;
  }

  readonly write = (text: string): void => void this.said.push(text);
  readonly now = (): number => this.at;
}

Deno.test("work that is done at once says nothing, longer work some times a second", () => {
  const world = new World(true);
  const progress = new Progress(world);
  progress.at("one");
  progress.step("two");
  progress.done();
  assertEquals(world.said, []);
  world.at = 500;
  for (const text of ["three", "four"]) progress.at(text);
  progress.step("five");
  progress.done();
  progress.done();
  assertEquals(world.said, [`${clear}porter: three`, `${clear}porter: five`, clear]);
});

Deno.test("where nobody looks at a terminal nothing is said", () => {
  const world = new World(false);
  const progress = new Progress(world);
  world.at = 5000;
  progress.step("long");
  progress.done();
  assertEquals(world.said, []);
});

const services = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    `apiVersion: v1
kind: Service
metadata: { name: s${n}, annotations: { lb.kubesphere.io/v1alpha1: porter } }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
`).join("---\n");

Deno.test("porter plan says on a terminal how far it is, and elsewhere only the plan", async () => {
  const dir = await Deno.makeTempDir();
  try {
    // Some files, so that how many of them are read can be told.
    for (const name of ["a", "b", "c"]) {
      await Deno.writeTextFile(`${dir}/${name}.yaml`, services(1000));
    }
    const { stderr } = await porter(["plan", dir]);
    assertEquals(stderr, "");
    await build();
    // script(1) gives its command a terminal.
    const { stdout } = await new Deno.Command("script", {
      args: ["-qfec", `${executable} plan ${dir} >${dir}/plan.txt`, "/dev/null"],
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stdout);
    const lines = said.split(clear).join("\n");
    assertMatch(lines, /^porter: reading \S+: \d+ documents, [0-3] of 3 files$/m);
    assertMatch(lines, /^porter: planning 1000 Services$/m);
    assertEquals(said.endsWith(clear), true);
    assertMatch(await Deno.readTextFile(`${dir}/plan.txt`), /^refusals$/m);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
