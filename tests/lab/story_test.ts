import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { allNamespaces, checkout, pause, run, until } from "../../scripts/lab/mod.ts";

const root = Deno.uid() === 0;
const task = [Deno.execPath(), "run", "-A", `${checkout}/scripts/lab/main.ts`];

/** A name for a lab of this process that no test lab has. */
let count = 0;
const nextName = () => `porter-lab-${Deno.pid}-${9000 + ++count}`;

/** What the lab could leave behind on the host, beside processes: all of it as text. */
async function hostState(): Promise<string> {
  const commands = [
    ["ip", "rule"],
    ["ip", "route", "show", "table", "all"],
    ["ip", "-6", "rule"],
    ["ip", "-br", "link"],
    ["nft", "list", "ruleset"],
    ["ls", "-A", "/tmp", "/var/run/bird", "/etc/netns"],
  ];
  const texts = await Promise.all(commands.map((argv) => run(argv)));
  const tmp = texts.pop()?.stdout.split("\n")
    // Other programs' own; the lab's files would carry its name.
    .filter((line) => /porter-lab|bird|gobgp/.test(line)).join("\n");
  return [...texts.map((output) => output.stdout), tmp].join("\n");
}

/** The command line of every process. */
async function commandLines(): Promise<readonly string[]> {
  const pids = [...Deno.readDirSync("/proc")].map((entry) => entry.name)
    .filter((name) => /^\d+$/.test(name));
  assert(pids.length > 0);
  const read = (pid: string) => Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
  return (await Promise.all(pids.map(read))).map((text) => text.replaceAll("\0", " "));
}

/** Fails when the lab of this name left something: namespaces, processes, files. */
async function assertNothingLeft(name: string, before: string): Promise<void> {
  assertEquals((await allNamespaces()).filter((ns) => ns.startsWith(`${name}-`)), []);
  assertEquals((await commandLines()).filter((line) => line.includes(name)), []);
  assertEquals(await Deno.lstat(`${checkout}/.lab/${name}`).then(() => true, () => false), false);
  assertEquals(await hostState(), before);
}

Deno.test({
  name: "the lab's story ends well, in under a minute, and leaves nothing",
  ignore: !root,
  fn: async () => {
    const name = nextName();
    const before = await hostState();
    const output = await run([...task, "--name", name]);
    assertEquals(output.code, 0, `${output.stdout}\n${output.stderr}`);
    assertEquals(output.stderr, "");
    // Ten steps were told, and at least one thing was checked in each.
    const steps = output.stdout.split(/\n(?=\d+\. )/).slice(1);
    assertEquals(steps.length, 10, output.stdout);
    for (const step of steps) assertMatch(step, /\n {3}ok {5}/);
    assertStringIncludes(output.stdout, "Everything was as it should be.");
    const seconds = Number(/should be\. ([\d.]+) s\./.exec(output.stdout)?.[1]);
    assert(seconds < 60, `the story took ${seconds} s`);
    await assertNothingLeft(name, before);
  },
});

/** Starts the lab; `text` is everything it has told so far. */
function startLab(name: string) {
  const child = new Deno.Command(task[0] ?? "", {
    args: [...task.slice(1), "--name", name],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const told = { text: "" };
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) told.text += part;
  };
  const done = Promise.all([read(child.stdout), read(child.stderr)]);
  return { child, told, done };
}

const interruptions = [
  { at: "while the rack is built", says: /Building/, signal: "SIGINT", code: 130 },
  { at: "in the middle of the story", says: /\n4\. 300 requests/, signal: "SIGINT", code: 130 },
  { at: "under load", says: /\n5\. node3 loses/, signal: "SIGTERM", code: 143 },
] as const;

for (const { at, says, signal, code } of interruptions) {
  Deno.test({
    name: `${signal} ${at} removes everything`,
    ignore: !root,
    fn: async () => {
      const name = nextName();
      const before = await hostState();
      const { child, told, done } = startLab(name);
      await until(`the lab says ${says}`, () => says.test(told.text), { timeout: 30_000 });
      // Somewhere in what comes next, not at its very beginning.
      await pause(100);
      child.kill(signal);
      const status = await child.status;
      await done;
      assertEquals(status.code, code, told.text);
      assertStringIncludes(told.text, "Interrupted: removing the lab.");
      assert(!told.text.includes("FAILED"), told.text);
      await assertNothingLeft(name, before);
    },
  });
}

/** The commands that docs/lab.md says to look around with, for a lab of this name. */
async function documented(name: string): Promise<readonly string[]> {
  const text = await Deno.readTextFile(`${checkout}/docs/lab.md`);
  const block = /```sh\n([^`]*)```/.exec(text)?.[1] ?? "";
  const lines = block.trim().split("\n");
  assert(lines.length >= 10, "docs/lab.md lost its commands");
  return lines.map((line) => line.replaceAll("porter-lab", name).replace(/^deno /, `${task[0]} `));
}

Deno.test({
  name: "--keep leaves the lab up with what to type, --down removes it",
  ignore: !root,
  fn: async () => {
    const name = nextName();
    const before = await hostState();
    try {
      const kept = await run([...task, "--keep", "--name", name]);
      assertEquals(kept.code, 0, `${kept.stdout}\n${kept.stderr}`);
      const hints = kept.stdout.split("\n").filter((line) => /^ {4}(ip|birdc) /.test(line));
      assert(hints.length >= 5, kept.stdout);
      // What it and the documentation say to type works as it stands.
      for (const hint of [...hints, ...await documented(name)]) {
        const output = await run(hint.trim().split(" "), { cwd: checkout });
        // porter plan ends with 2 for a refusal, and the story may end with one.
        assert([0, hint.includes(" plan ") ? 2 : 0].includes(output.code), hint + output.stderr);
        assert(output.stdout.trim() !== "", hint);
      }
      const second = await run([...task, "--name", name]);
      assertEquals(second.code, 1);
      assertStringIncludes(second.stderr, "is up already. Remove it with: deno task lab --down");
    } finally {
      const down = await run([...task, "--down", "--name", name]);
      assertEquals(down.code, 0, down.stderr);
    }
    await assertNothingLeft(name, before);
  },
});
