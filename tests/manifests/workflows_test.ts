/** What cannot run here must at least name what is there. */
import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";

const root = new URL("../../", import.meta.url);

interface Step {
  readonly run?: string;
  readonly with?: { readonly tags?: string };
}

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly Step[] }>>;
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

Deno.test("a release's image has the tag that the chart asks for", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(path, root));
  const { appVersion } = parse(await read("manifests/helm/porter/Chart.yaml"));
  const agent = await read("manifests/helm/porter/templates/agent.yaml");
  assert(agent.includes("(.Values.image.tag | default .Chart.AppVersion)"));
  assertEquals(parse(await read("manifests/helm/porter/values.yaml")).image.tag, "");
  const { jobs }: Workflow = parse(await read(".github/workflows/release.yaml"));
  const steps = jobs.release?.steps ?? [];
  const tags = steps.flatMap((step) => step.with?.tags ?? []);
  assertEquals(tags.length, 1);
  const name = /:\$\{\{ env\.(\w+) \}\}$/.exec(tags[0] ?? "")?.[1];
  const run = steps.find((step) => step.run?.includes(`${name}=`))?.run;
  assert(name !== undefined && run !== undefined, `no step sets the tag of ${tags[0]}`);
  const file = await Deno.makeTempFile();
  try {
    const env = { GITHUB_REF_NAME: `v${appVersion}`, GITHUB_ENV: file };
    const { success } = await new Deno.Command("sh", { args: ["-c", run], env }).output();
    assert(success, run);
    assertEquals(await Deno.readTextFile(file), `${name}=${appVersion}\n`);
  } finally {
    await Deno.remove(file);
  }
});
