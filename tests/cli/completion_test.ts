import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bashScript } from "../../lib/cli/completion/bash.ts";
import { fishScript } from "../../lib/cli/completion/fish.ts";
import { completables } from "../../lib/cli/completion/model.ts";
import { zshScript } from "../../lib/cli/completion/zsh.ts";
import { commandTree } from "../support/command_tree.ts";

const lines: { line: string; replies: string[] }[] = [
  { line: "porter ", replies: ["manager", "plan", "decode", "completion"] },
  { line: "porter m", replies: ["manager"] },
  { line: "porter --", replies: ["--version", "--help"] },
  { line: "porter manager --l", replies: ["--log-level"] },
  { line: "porter manager --log-level ", replies: ["debug", "info"] },
  { line: "porter manager --log-level d", replies: ["debug"] },
  { line: "porter manager --log-level = i", replies: ["info"] },
  { line: "porter manager --log-level =", replies: ["debug", "info"] },
  { line: "porter manager --directory ", replies: ["my dir", "sub"] },
  {
    line: "porter manager --directory /etc --",
    replies: [
      "--directory",
      "--log-level",
      "--node",
      "--cleanup",
      "--help",
    ],
  },
  { line: "porter manager --node ", replies: [] },
  { line: "porter manager ", replies: [] },
  { line: "porter plan s", replies: ["sub"] },
  { line: "porter plan -o ", replies: ["text", "json"] },
  { line: "porter plan -o json s", replies: ["sub"] },
  { line: "porter decode s", replies: ["some.bin", "sub"] },
  { line: "porter completion ", replies: ["bash", "zsh"] },
  { line: "porter nonsense ", replies: [] },
];

Deno.test("completion works in a real bash", async (t) => {
  const dir = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${dir}/sub`);
    await Deno.mkdir(`${dir}/my dir`);
    await Deno.writeTextFile(`${dir}/some.bin`, "");
    await Deno.writeTextFile(`${dir}/completion`, bashScript(completables(commandTree())));
    for (const { line, replies } of lines) {
      await t.step(`"${line}"`, async () => {
        assertEquals((await completeInBash(dir, line)).sort(), [...replies].sort());
      });
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

/** What bash would offer at the end of the line; the words are split at spaces. */
async function completeInBash(dir: string, line: string): Promise<string[]> {
  const script = `
    set -u
    source ./completion
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    $(complete -p porter | sed 's/.*-F \\([^ ]*\\).*/\\1/')
    if ((\${#COMPREPLY[@]})); then printf '%s\\n' "\${COMPREPLY[@]}"; fi`;
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["--norc", "--noprofile", "-c", script, "bash", ...line.split(" ")],
    cwd: dir,
  }).output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  assertEquals(decoder.decode(stderr), "");
  return decoder.decode(stdout).split("\n").filter((reply) => reply !== "");
}

Deno.test("completables() knows what follows a flag and an argument", () => {
  const [porter, manager, plan] = completables(commandTree());
  assertEquals(porter?.arguments, [
    { kind: "choices", choices: ["manager", "plan", "decode", "completion"] },
  ]);
  assertEquals(manager?.flags.map((flag) => flag.value?.kind), [
    "directory",
    "choices",
    "text",
    undefined,
    undefined,
  ]);
  assertEquals(plan?.arguments, [{ kind: "directory" }]);
  assertEquals(plan?.flags[0]?.names, ["-o", "--output"]);
});

for (const [shell, script] of Object.entries({ zsh: zshScript, fish: fishScript })) {
  Deno.test(`the script for ${shell} has every command, flag and choice`, () => {
    const text = script(completables(commandTree()));
    for (const word of ["manager", "plan", "decode", "completion", "debug", "cleanup"]) {
      assertStringIncludes(text, word);
    }
    assertStringIncludes(text, shell === "fish" ? "-s o -l output" : "{-o,--output=}");
    assertStringIncludes(text, shell === "fish" ? "it\\'s the [main]" : "it'\\''s the [main]");
  });
}
