import { assertEquals, assertMatch } from "@std/assert";
import { readFuzz } from "../../scripts/test/fuzz.ts";
import { type Counts, readJunit } from "../../scripts/test/junit.ts";
import { findSuites, settle, type SuiteEnd } from "../../scripts/test/suites.ts";

const source = `
Deno.test("one > two", async (t) => {
  await t.step("fine", () => {});
  await t.step("bad", () => { throw new Error("<testcase name='x'>"); });
});
Deno.test("a & \\"b\\" < c", () => {});
Deno.test({ name: "left out", ignore: true, fn: () => {} });
Deno.test("broken", () => { throw new Error("no"); });
`;

Deno.test("readJunit() counts the tests, not the steps, of a real run", async () => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/some_test.ts`, source);
    await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--no-check", `--junit-path=${dir}/junit.xml`, dir],
      stdout: "null",
      stderr: "null",
    }).output();
    const counts = readJunit(await Deno.readTextFile(`${dir}/junit.xml`));
    assertEquals([counts.passed, counts.failed, counts.skipped], [1, 2, 1]);
    assertEquals(counts.failures.map((name) => name.replace(/^.*some_test.ts: /, "")), [
      "one > two",
      "broken",
    ]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("readJunit() counts nothing in a file that was not written", () => {
  assertEquals(readJunit(""), { passed: 0, failed: 0, skipped: 0, failures: [] });
});

Deno.test("readFuzz() counts the targets of a real run", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      new URL("../fuzz/main.ts", import.meta.url).pathname,
      "--seconds=1",
    ]
      .flatMap((arg) => arg.split("=")),
  }).output();
  const counts = readFuzz(new TextDecoder().decode(stdout));
  assertEquals([code, counts.failed], [0, 0], new TextDecoder().decode(stdout));
  assertEquals(counts.passed >= 3, true, `${counts.passed} targets`);
});

Deno.test("readFuzz() counts a target that failed, or made no run, as failed", () => {
  const text = "open: 5 runs, seed 1\nupdate: 7 runs, seed 1\nupdate: FAILED: threw\n  input\n" +
    "nlri: 0 runs, seed 1\n";
  assertEquals(readFuzz(text), {
    passed: 1,
    failed: 2,
    skipped: 0,
    failures: ["fuzz target update", "fuzz target nlri"],
  });
});

const partlyLeftOut = `
Deno.test("fine", () => {});
Deno.test({ name: "left out", ignore: true, fn: () => {} });
`;

const good: Counts = { passed: 3, failed: 0, skipped: 0, failures: [] };
const end: SuiteEnd = { name: "s", code: 0, late: false, filtered: false, strict: false };

const settled: { name: string; counts: Counts; end: SuiteEnd; fault: RegExp | undefined }[] = [
  { name: "good", counts: good, end, fault: undefined },
  {
    name: "crashed",
    counts: good,
    end: { ...end, code: 1 },
    fault: /^suite "s": ended with code 1$/,
  },
  { name: "empty", counts: { ...good, passed: 0 }, end, fault: /ran no test/ },
  {
    name: "filtered to nothing",
    counts: { ...good, passed: 0, skipped: 3 },
    end: { ...end, filtered: true },
    fault: undefined,
  },
  { name: "hanging", counts: good, end: { ...end, code: 143, late: true }, fault: /minutes/ },
  { name: "partly skipped", counts: { ...good, skipped: 1 }, end, fault: undefined },
  {
    name: "partly skipped in CI",
    counts: { ...good, skipped: 1 },
    end: { ...end, strict: true },
    fault: /1 skipped, where none may be/,
  },
  { name: "all skipped", counts: { ...good, passed: 0, skipped: 3 }, end, fault: /ran no test/ },
];

for (const { name, counts, end, fault } of settled) {
  Deno.test(`a suite that is ${name} ${fault ? "counts as a failure" : "adds no failure"}`, () => {
    const result = settle(counts, end);
    assertEquals(result.failed - counts.failed, fault ? 1 : 0);
    if (fault) assertMatch(result.failures.at(-1) ?? "", fault);
  });
}

Deno.test("a test that any suite leaves out is a failure where nothing may be left out", async () => {
  const folder = await Deno.makeTempDir();
  const before = Deno.cwd();
  try {
    for (const each of ["net", "lab", "cluster"]) {
      await Deno.mkdir(`${folder}/tests/${each}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/tests/${each}/some_test.ts`, partlyLeftOut);
    }
    Deno.chdir(folder);
    const suites = await findSuites(new URL(`file://${folder}/`));
    for (const suite of suites.filter(({ group }) => group !== "fuzz")) {
      for (const strict of [false, true]) {
        const options = { scratch: folder, filter: undefined, fuzzSeconds: 1, strict };
        const { passed, skipped, failed } = await suite.run(options);
        assertEquals([passed, skipped, failed], [1, 1, strict ? 1 : 0], suite.name);
      }
    }
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
});
