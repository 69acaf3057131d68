/**
 * What manifests/ declares, against what the executable and the chart have.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { parse, parseAllDocuments } from "yaml";
import { completables } from "../../lib/cli/completion/model.ts";
import { createProgram } from "../../lib/cli/program.ts";
import { fromFileUrl, walk } from "../../scripts/files.ts";
import { madeDrift, madeFiles } from "../../scripts/manifests.ts";

const root = new URL("../../", import.meta.url);
const manifests = new URL("manifests/", root);

interface Probe {
  readonly httpGet: { readonly host: string; readonly port: number; readonly path: string };
}

interface Container {
  readonly image: string;
  readonly args: readonly string[];
  readonly securityContext: {
    readonly capabilities: { readonly drop: readonly string[]; readonly add: readonly string[] };
    readonly allowPrivilegeEscalation: boolean;
    readonly readOnlyRootFilesystem: boolean;
  };
  readonly resources: { readonly requests: Readonly<Record<string, string>> };
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Workload {
  readonly kind: string;
  readonly spec: {
    readonly template: {
      readonly spec: {
        readonly hostNetwork: boolean;
        readonly securityContext: unknown;
        readonly containers: readonly Container[];
      };
    };
  };
}

async function workload(file: string): Promise<Workload> {
  const [first] = parseAllDocuments(await Deno.readTextFile(new URL(file, manifests)));
  return first?.toJS() as Workload;
}

const modes = [
  { file: "30-manager.yaml", kind: "Deployment", mode: "manager", may: ["NET_BIND_SERVICE"] },
  { file: "40-agent.yaml", kind: "DaemonSet", mode: "agent", may: ["NET_ADMIN"] },
] as const;

Deno.test("what is made of manifests/ and crds/ is what they say", async () => {
  assertEquals(await madeDrift(manifests), []);
});

async function copy(): Promise<URL> {
  const folder = await Deno.makeTempDir();
  const files = await walk(root, "manifests", "");
  assert(files.length > 10);
  for (const file of files) {
    const to = `${folder}/${file.slice("manifests/".length)}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await Deno.copyFile(fromFileUrl(new URL(file, root)), to);
  }
  return new URL(`file://${folder}/`);
}

Deno.test("a made file that was changed, is missing or has no source is told", async () => {
  const folder = await copy();
  try {
    assertEquals(await madeDrift(folder), []);
    await Deno.writeTextFile(new URL("10-crds.yaml", folder), "");
    await Deno.remove(new URL("helm/porter/templates/agent.yaml", folder));
    await Deno.writeTextFile(new URL("helm/porter/templates/stray.yaml", folder), "");
    assertEquals(await madeDrift(folder), [
      "manifests/10-crds.yaml is stale",
      "manifests/helm/porter/templates/agent.yaml is missing",
      "manifests/helm/porter/templates/stray.yaml has no source",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a line that the chart makes a value cannot be lost unseen", async () => {
  const folder = await copy();
  try {
    const file = new URL("30-manager.yaml", folder);
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replace("replicas: 2", "replicas: 3"));
    const thrown = await assertRejects(() => madeFiles(folder));
    assertStringIncludes(thrown.message, 'manifests/30-manager.yaml has "replicas: 2" 0 times');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("manifests, chart and deno.json are of one version", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(path, root));
  const { version } = JSON.parse(await read("deno.json"));
  const chart = parse(await read("manifests/helm/porter/Chart.yaml"));
  assertEquals([chart.version, chart.appVersion], [version, version]);
  for (const { file } of modes) {
    const { containers } = (await workload(file)).spec.template.spec;
    assertEquals(containers.map(({ image }) => image), [`porter:${version}`]);
  }
});

for (const { file, kind, mode, may } of modes) {
  Deno.test(`the ${mode} is started with flags that it has`, async () => {
    const found = await workload(file);
    assertEquals(found.kind, kind);
    const [container, ...others] = found.spec.template.spec.containers;
    assert(container !== undefined && others.length === 0);
    const [command, ...flags] = container.args;
    assertEquals(command, mode);
    const known = completables(createProgram(() => {})).find(({ name }) => name === mode);
    const names = new Set(known?.flags.flatMap((flag) => flag.names));
    assert(flags.length > 1);
    for (const flag of flags) assert(names.has(flag.split("=")[0] ?? ""), `${mode} has no ${flag}`);
  });

  Deno.test(`the ${mode} may do what it needs and nothing else`, async () => {
    const { hostNetwork, securityContext, containers } = (await workload(file)).spec.template.spec;
    assertEquals(hostNetwork, true);
    assertEquals(securityContext, { seccompProfile: { type: "RuntimeDefault" } });
    for (const { securityContext: context, resources } of containers) {
      assertEquals(context.capabilities, { drop: ["ALL"], add: [...may] });
      assertEquals([context.allowPrivilegeEscalation, context.readOnlyRootFilesystem], [
        false,
        true,
      ]);
      assertEquals(Object.keys(resources.requests).sort(), ["cpu", "memory"]);
    }
  });

  Deno.test(`the ${mode} is probed where it tells health`, async () => {
    const [container] = (await workload(file)).spec.template.spec.containers;
    assert(container !== undefined);
    const flag = container.args.find((arg) => arg.startsWith("--health-address="));
    const probes = [container.startupProbe, container.livenessProbe, container.readinessProbe];
    const where = probes.map(({ httpGet: { host, port, path } }) => [`${host}:${port}`, path]);
    const address = flag?.slice("--health-address=".length) ?? "";
    assertEquals(where, [[address, "/healthz"], [address, "/healthz"], [address, "/readyz"]]);
  });
}
