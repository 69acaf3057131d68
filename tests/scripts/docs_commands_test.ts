import { assert, assertEquals, assertMatch } from "@std/assert";
import { commandFaults, commandsOf, runnerOf, runners } from "../../scripts/docs/commands.ts";
import { translated } from "../../scripts/docs/twins.ts";
import { tools } from "../../scripts/install.ts";

const page = `# Page

\`\`\`sh
porter peers             # each session
kubectl get \\
  nodes
# only a comment
docker push x            # not tested: needs a registry
\`\`\`

\`\`\`text
porter of no shell
\`\`\`

1. Indented:

   \`\`\`sh
   helm install porter chart
   \`\`\`
`;

Deno.test("the commands of a page are those of its blocks for a shell", () => {
  const found = commandsOf("docs/x.md", page);
  assertEquals(found.map(({ line, command, untested }) => [line, command, untested]), [
    [4, "porter peers", false],
    [5, "kubectl get nodes", false],
    [8, "docker push x", true],
    [18, "helm install porter chart", false],
  ]);
});

Deno.test("a command that nothing runs is told, unless it says that it is not tested", () => {
  const of = (text: string) => commandsOf("docs/x.md", `\`\`\`sh\n${text}\n\`\`\``);
  assertEquals(of("docker build .").map(runnerOf), [undefined]);
  const all = [...of("docker build ."), ...of("docker push x # not tested: needs a registry")];
  const faults = commandFaults(all, () => true);
  assertMatch(faults[0] ?? "", /^docs\/x\.md:2: no test runs "docker build \."/);
  // Nothing else is there for the runners to run.
  assertEquals(faults.length, 1 + runners.length);
  assertEquals(
    commandFaults(all, () => false).filter((each) => each.startsWith("there is no ")).length,
    runners.length,
  );
});

/** What comes with the project, or with the tests' own build of a cluster. */
const ours = ["porter", "deno", "npx", "kubectl", "helm"];
/** Of Debian's packages coreutils, dash, grep (Essential: yes) and apt, which no Debian is without. */
const onEveryDebian = ["apt-get", "cat", "cd", "cp", "grep", "mkdir", "tail"];

Deno.test("every program that the documents' tests type is installed by them", async () => {
  const root = new URL("../../", import.meta.url);
  const pages = await Promise.all(
    translated.map(async (page) => commandsOf(page, await Deno.readTextFile(new URL(page, root)))),
  );
  const tested = pages.flat().filter(({ untested }) => !untested);
  assert(tested.length > 40, `only ${tested.length} commands were found`);
  const known = new Set([...ours, ...onEveryDebian, ...Object.keys(tools)]);
  const faults = tested.flatMap(({ page, line, command }) =>
    command.replace(/'[^']*'/g, "").split(/\s*(?:&&|[;|])\s*/)
      // In a namespace the program comes last.
      .map((each) => each.replace(/^ip netns exec \S+ /, "").split(" ")[0] ?? "")
      .filter((word) => !known.has(word)).map((word) => `${page}:${line}: ${word}`)
  );
  assertEquals(faults, []);
});
