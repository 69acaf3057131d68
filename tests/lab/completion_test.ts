/**
 * Completion by the shells that people type in: what zsh and fish offer at the end of a line. Bash, which is
 * everywhere, is in tests/cli.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { fishScript } from "../../lib/cli/completion/fish.ts";
import { completables } from "../../lib/cli/completion/model.ts";
import { zshScript } from "../../lib/cli/completion/zsh.ts";
import { ensureTools } from "../../scripts/install.ts";
import { commandTree } from "../support/command_tree.ts";

/** What zsh and fish offer; they list a folder's name as they would write it. */
const offered: { line: string; zsh: string[]; fish?: string[] }[] = [
  { line: "porter ", zsh: ["completion", "decode", "manager", "plan"] },
  { line: "porter m", zsh: ["manager"] },
  { line: "porter --", zsh: ["--help", "--version"] },
  { line: "porter manager --l", zsh: ["--log-level"] },
  { line: "porter manager --log-level ", zsh: ["debug", "info"] },
  { line: "porter manager --log-level=i", zsh: ["info"], fish: ["--log-level=info"] },
  { line: "porter manager --directory ", zsh: ["my\\ dir", "sub"], fish: ["my dir/", "sub/"] },
  { line: "porter manager --node ", zsh: [] },
  { line: "porter plan -o ", zsh: ["json", "text"] },
  { line: "porter plan s", zsh: ["sub"], fish: ["sub/"] },
  { line: "porter plan -o json s", zsh: ["sub"], fish: ["sub/"] },
  { line: "porter decode s", zsh: ["some.bin", "sub"], fish: ["some.bin", "sub/"] },
  { line: "porter completion ", zsh: ["bash", "zsh"] },
  { line: "porter nonsense ", zsh: [] },
];

for (const [shell, complete] of Object.entries({ zsh: completeInZsh, fish: completeInFish })) {
  Deno.test({
    name: `completion works in a real ${shell}`,
    // Without root the programs of the tests are not installed.
    ignore: Deno.uid() !== 0,
    fn: async (t) => {
      await ensureTools(["zsh", "fish"]);
      const dir = await Deno.makeTempDir();
      try {
        await Deno.mkdir(`${dir}/sub`);
        await Deno.mkdir(`${dir}/my dir`);
        await Deno.writeTextFile(`${dir}/some.bin`, "");
        const script = shell === "zsh" ? zshScript : fishScript;
        // Hidden, so that it is not offered as a file.
        await Deno.writeTextFile(`${dir}/.completion`, script(completables(commandTree())));
        const found = await complete(dir, offered.map(({ line }) => line));
        for (const [at, { line, zsh, fish = zsh }] of offered.entries()) {
          await t.step(`"${line}"`, () => {
            const replies = [...new Set(found[at] ?? [])].sort();
            assertEquals(replies, [...shell === "zsh" ? zsh : fish].sort());
          });
        }
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  });
}

function completeInFish(cwd: string, lines: readonly string[]): Promise<string[][]> {
  const script = `source ./.completion
for line in $argv; complete -C $line | string replace -r '\\t.*' ''; echo ${end}; end`;
  return said("fish", ["--no-config", "-c", script, ...lines], cwd);
}

/** Types each line and a tab in a terminal of zsh's own, and hears what its completion adds. */
async function completeInZsh(cwd: string, lines: readonly string[]): Promise<string[][]> {
  await Deno.writeTextFile(
    `${cwd}/.rc`,
    `autoload -U compinit; compinit -D -u
source ./.completion
compadd() {
  # With one of these it only asks what would match.
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return $?; fi
  local -a found; builtin compadd -O found "$@"
  (( $#found )) && print -rl -- $found >> .found
  builtin compadd "$@"
}
complete-and-tell() { zle complete-word; BUFFER=; : > .done }
zle -N complete-and-tell
bindkey '^I' complete-and-tell
`,
  );
  const script = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'source ./.rc'
for line; do
  rm -f .found .done
  zpty -w -n shell "$line"$'\\t'
  for i in {1..400}; do zpty -r -t shell out; [[ -e .done ]] && break; sleep 0.05; done
  [[ -e .done ]] || { print -u2 "nothing was completed: $line"; exit 1 }
  [[ ! -e .found ]] || cat .found
  print ${end}
done
zpty -d shell`;
  return await said("zsh", ["-f", "-c", script, "zsh", ...lines], cwd);
}

/** Stands after what one line is completed to. */
const end = "=";

async function said(command: string, args: readonly string[], cwd: string): Promise<string[][]> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    ...{ args: [...args], cwd, env: { TERM: "vt100", HOME: cwd } },
  }).output();
  const decoder = new TextDecoder();
  assertEquals([success, decoder.decode(stderr)], [true, ""]);
  return decoder.decode(stdout).split(`${end}\n`)
    .map((each) => each.split("\n").filter((reply) => reply !== ""));
}
