/**
 * Makes what follows from manifests/*.yaml and crds/: the CRDs as one file beside them, and the
 * templates and CRDs of the Helm chart. The plain files are the source, comments and all; the chart is
 * the same text with some of its lines made values. Beside that the alert rules and the dashboard of
 * scripts/monitoring, in a folder of their own: they are for Prometheus and Grafana.
 *
 *     deno run -A scripts/manifests.ts            write them
 *     deno run -A scripts/manifests.ts --check    fail when they are not what they follow from
 *
 * @module
 */

import { crdFiles } from "./crds.ts";
import { alertFile, alertObject } from "./monitoring/alerts.ts";
import { dashboardFile } from "./monitoring/dashboard.ts";

/** A line, or lines, of a plain file, and what stands there in the chart. */
interface Substitution {
  readonly from: string;
  readonly to: string;
  /** How often it is found; once where nothing is said. */
  readonly times?: number;
}

/** The plain files that become templates; the namespace is Helm's to make. */
const templates: Readonly<Record<string, readonly Substitution[]>> = {
  "20-rbac.yaml": [
    { ...namespace(), times: 10 },
    value("resourceNames: [porter-bgp]", "passwordSecrets", 2),
  ],
  "25-records.yaml": [],
  "30-manager.yaml": [
    { ...namespace(), times: 3 },
    value("replicas: 2", "manager.replicas"),
    ...pod("manager", 7980),
    {
      from: "            - --log-format=json\n",
      to: "            - --log-format=json\n{{- if .Values.manager.serveClassless }}\n" +
        "            - --serve-classless\n{{- end }}\n",
    },
    {
      from: "tolerations: [{key: node-role.kubernetes.io/control-plane, operator: Exists, " +
        "effect: NoSchedule}]",
      to: "tolerations: {{ toJson .Values.manager.tolerations }}",
    },
  ],
  "40-agent.yaml": [
    namespace(),
    ...pod("agent", 7981),
    value("tolerations: [{operator: Exists}]", "agent.tolerations"),
  ],
};

function namespace(): Substitution {
  return { from: "namespace: porter-system\n", to: "namespace: {{ .Release.Namespace }}\n" };
}

/** `field: something` as `field: <the value of that name>`. */
function value(from: string, name: string, times = 1): Substitution {
  return { from, to: `${from.slice(0, from.indexOf(":"))}: {{ toJson .Values.${name} }}`, times };
}

/** What pods of both modes have in common. */
function pod(mode: "manager" | "agent", port: number): readonly Substitution[] {
  const resources = mode === "manager"
    ? "resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 512Mi}}"
    : "resources: {requests: {cpu: 20m, memory: 96Mi}, limits: {memory: 512Mi}}";
  const priority = mode === "manager" ? "system-cluster-critical" : "system-node-critical";
  return [
    value(`priorityClassName: ${priority}`, `${mode}.priorityClassName`),
    {
      from: "      nodeSelector: {kubernetes.io/os: linux}\n",
      to: `      nodeSelector: {{ toJson .Values.${mode}.nodeSelector }}\n` +
        "      imagePullSecrets: {{ toJson .Values.image.pullSecrets }}\n",
    },
    {
      from:
        "          # Nobody publishes this image: build it from the Dockerfile and push it to your " +
        "own registry.\n          image: porter:0.1.0\n",
      to: '          image: {{ printf "%s:%s" .Values.image.repository ' +
        "(.Values.image.tag | default .Chart.AppVersion) | toJson }}\n",
    },
    value("imagePullPolicy: IfNotPresent", "image.pullPolicy"),
    {
      from: `--health-address=127.0.0.1:${port}`,
      to: `--health-address=127.0.0.1:{{ .Values.${mode}.healthPort }}`,
    },
    { from: "--log-level=info", to: `--log-level={{ .Values.${mode}.logLevel }}` },
    value(`port: ${port}`, `${mode}.healthPort`, 3),
    value(resources, `${mode}.resources`),
    ...(mode === "manager" ? [value("runAsUser: 0", "manager.runAsUser")] : []),
  ];
}

const made = "# Made by scripts/manifests.ts";

/** The files that are made, by their path below manifests/, and their texts. Throws for a stale table. */
export async function madeFiles(folder: URL): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  const crds = [...crdFiles()];
  files.set("10-crds.yaml", crds.map(([, text]) => text).join("---\n"));
  for (const [name, text] of crds) files.set(`helm/porter/crds/${name}`, text);
  files.set("monitoring/alerts.yaml", alertFile());
  files.set("monitoring/prometheus_rule.yaml", alertObject());
  files.set("monitoring/dashboard.json", dashboardFile());
  for (const [name, substitutions] of Object.entries(templates)) {
    const plain = await Deno.readTextFile(new URL(name, folder));
    const head = `${made} from manifests/${name}. Change that.\n`;
    files.set(
      `helm/porter/templates/${name.replace(/^\d+-/, "")}`,
      head + substituted(name, plain, substitutions),
    );
  }
  return files;
}

function substituted(name: string, plain: string, all: readonly Substitution[]): string {
  let text = plain;
  for (const { from, to, times = 1 } of all) {
    const parts = text.split(from);
    if (parts.length - 1 !== times) {
      const line = JSON.stringify(from.trim());
      throw new Error(`manifests/${name} has ${line} ${parts.length - 1} times, not ${times}`);
    }
    text = parts.join(to);
  }
  return text;
}

/** What differs between the made files and what they follow from, one line each. */
export async function madeDrift(folder: URL): Promise<string[]> {
  const wanted = await madeFiles(folder);
  const faults: string[] = [];
  for (const [name, text] of wanted) {
    const found = await Deno.readTextFile(new URL(name, folder)).catch(() => undefined);
    if (found === undefined) faults.push(`manifests/${name} is missing`);
    else if (found !== text) faults.push(`manifests/${name} is stale`);
  }
  for (const below of ["helm/porter/crds/", "helm/porter/templates/"]) {
    const entries = await Array.fromAsync(Deno.readDir(new URL(below, folder))).catch(() => []);
    for (const { name } of entries) {
      const path = below + name;
      if (name.endsWith(".yaml") && !wanted.has(path)) {
        faults.push(`manifests/${path} has no source`);
      }
    }
  }
  return faults;
}

if (import.meta.main) {
  const folder = new URL("../manifests/", import.meta.url);
  if (Deno.args.includes("--check")) {
    const faults = await madeDrift(folder);
    for (const fault of faults) console.error(`${fault}; run deno run -A scripts/manifests.ts`);
    console.log(`manifests: ${faults.length === 0 ? "as their sources say" : "stale"}`);
    Deno.exit(faults.length === 0 ? 0 : 1);
  }
  const files = await madeFiles(folder);
  for (const [name, text] of files) {
    const file = new URL(name, folder);
    await Deno.mkdir(new URL(".", file), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  console.log(`Wrote ${files.size} files below manifests/`);
}
