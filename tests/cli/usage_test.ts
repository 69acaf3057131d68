import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { commandPermissions } from "../../lib/cli/permissions.ts";
import { executable, porter } from "../support/porter.ts";

const commands = Object.keys(commandPermissions);

const mistakes: { args: string[]; says: RegExp }[] = [
  { args: ["paln"], says: /unknown command 'paln' \(Did you mean plan\?\)/ },
  { args: ["plan"], says: /missing required argument 'dir'; see porter plan --help/ },
  { args: ["plan", "/nonexistent"], says: /Cannot read directory "\/nonexistent"/ },
  { args: ["plan", "/etc/hostname"], says: /Cannot read directory "\/etc\/hostname"/ },
  { args: ["plan", ".", "-o", "xml"], says: /'xml' is invalid.*text, json.*porter plan --help/ },
  {
    args: ["plan", "--outptu", "json", "."],
    says: /unknown option '--outptu' \(Did you mean --output\?\)/,
  },
  { args: ["manager"], says: /--directory DIR or --kubeconfig FILE/ },
  {
    args: ["manager", "--directory", "/nonexistent"],
    says: /Cannot read directory "\/nonexistent"/,
  },
  { args: ["manager", "--directory", ".", "--log-level", "loud"], says: /'loud' is invalid/ },
  { args: ["manager", "--directory", ".", "--release-after", "-1"], says: /number of seconds/ },
  { args: ["manager", "--directory", ".", "extra"], says: /too many arguments/ },
  { args: ["agent", "--node", "node1"], says: /--directory DIR or --kubeconfig FILE/ },
  { args: ["agent", "--directory", "."], says: /needs --node, or --cleanup/ },
  {
    args: ["manager", "--kubeconfig", "/nonexistent"],
    says: /Cannot read kubeconfig "\/nonexistent"|"\/nonexistent"/,
  },
  { args: ["decode", "/nonexistent"], says: /Cannot read \/nonexistent: does not exist/ },
  { args: ["decode", "/etc"], says: /Cannot read \/etc: is a directory/ },
  { args: ["completion", "tcsh"], says: /'tcsh' is invalid.*bash, zsh, fish/ },
  { args: ["plan", "/no\u001b[2Jwhere\nx"], says: /"\/no\\u\{1b\}\[2Jwhere x"/ },
];

for (const { args, says } of mistakes) {
  Deno.test(`porter ${JSON.stringify(args).slice(1, -1)} is one line on stderr and code 1`, async () => {
    const { code, stdout, stderr } = await porter(args);
    assertMatch(stderr, says);
    assertMatch(stderr, /^porter: [^\n]+\n$/);
    assertEquals([code, stdout], [1, ""]);
  });
}

Deno.test("every command has a help with examples, and so has porter", async (t) => {
  for (const args of [[], ...commands.map((command) => [command])]) {
    await t.step(`porter ${args.join(" ")} --help`, async () => {
      const { code, stdout, stderr } = await porter([...args, "--help"]);
      assertEquals([code, stderr], [0, ""]);
      assertStringIncludes(stdout, `Usage: porter ${args.join(" ")}`.trimEnd());
      assertStringIncludes(stdout, "\nExamples:\n  ");
    });
  }
});

Deno.test("porter without a command says its commands and fails", async () => {
  const { code, stdout, stderr } = await porter([]);
  assertEquals([code, stdout], [1, ""]);
  for (const command of commands) assertMatch(stderr, new RegExp(`^  ${command} `, "m"));
});

Deno.test("porter version says the version of deno.json", async () => {
  const config = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  for (const args of [["version"], ["--version"], ["-V"]]) {
    const { code, stdout } = await porter(args);
    assertEquals(code, 0);
    assertStringIncludes(stdout, `porter ${config.version} (deno `);
  }
});

Deno.test("porter completion bash completes porter's own flags in a real bash", async () => {
  const { code, stdout } = await porter(["completion", "bash"]);
  assertEquals(code, 0);
  const script = `source /dev/stdin
    COMP_WORDS=(porter manager --log-l) COMP_CWORD=2; _porter; echo "\${COMPREPLY[@]}"`;
  const child = new Deno.Command("bash", {
    args: ["--norc", "-c", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await new Response(stdout).body?.pipeTo(child.stdin);
  const output = await child.output();
  assertEquals(new TextDecoder().decode(output.stdout), "--log-level\n");
});

Deno.test("a reader of stdout that goes away is no failure", async () => {
  await porter(["version"]);
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-o", "pipefail", "-c", `'${executable}' completion bash | (exec <&-)`],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assert(success);
});
