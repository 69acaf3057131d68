/** What cannot run here must at least name what is there. */
import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";

const root = new URL("../../", import.meta.url);

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run?: string }[] }>>;
}

for (const name of ["test", "release"]) {
  Deno.test(`the workflow ${name} runs tasks and files that are there`, async () => {
    const text = await Deno.readTextFile(new URL(`.github/workflows/${name}.yaml`, root));
    const { jobs }: Workflow = parse(text);
    const runs = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    assert(runs.length > 0);
    const { tasks } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
    let named = 0;
    for (
      const [, task, path] of runs.join("\n").matchAll(
        /deno task (\S+)|((?:scripts|manifests|\.ci)\/\S+)/g,
      )
    ) {
      named++;
      if (task !== undefined) assert(task in tasks, `there is no task ${task}`);
      else await Deno.stat(new URL(path ?? "", root));
    }
    assert(named > 0, "names nothing of the checkout");
  });
}

Deno.test("a release is built with the Deno that the README and CI name", async () => {
  const versions = await Promise.all(
    ["README.md", ".ci/run", "Dockerfile", ".github/workflows/release.yaml"].map(async (path) =>
      /deno[@:]([\d.]+\d)|DENO_VERSION: ([\d.]+\d)/.exec(
        await Deno.readTextFile(new URL(path, root)),
      )
        ?.slice(1).find((each) => each !== undefined)
    ),
  );
  assertEquals(new Set(versions).size, 1, versions.join(" "));
});
