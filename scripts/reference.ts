/**
 * Makes docs/reference.md: every field of Eip, BgpConf and BgpPeer as the CRDs have it, every annotation
 * of a Service or Node, and every name for a "no".
 *
 *     deno run -A scripts/reference.ts            write it
 *     deno run -A scripts/reference.ts --check    fail when it is not what the schemas say
 *
 * @module
 */

import { parse } from "yaml";
import * as objects from "../lib/objects/mod.ts";
import { refusalMeanings } from "../lib/refusal/mod.ts";
import { crdFiles } from "./crds.ts";

const file = new URL("../docs/reference.md", import.meta.url);

/** As much of a structural schema as is told. */
interface FieldSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly items?: FieldSchema;
  readonly additionalProperties?: FieldSchema;
  readonly "x-kubernetes-validations"?: readonly { readonly message?: string }[];
}

interface Crd {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: FieldSchema } }];
  };
}

/** Annotations that people write, by their exported name in lib/objects, and what they say. */
const annotations: Readonly<Record<string, string>> = {
  brakeReleaseAnnotation:
    "on a BgpConf: what its brake held at this time is released (docs/policy.md); what it holds later is not",
  drainAnnotation: "on a Node: it is drained since this time (docs/policy.md)",
  optInAnnotation: "`porter` makes the Service porter's, as `spec.loadBalancerClass: " +
    "porter.kubesphere.io/porter` does",
  misspeltOptInAnnotation: "the same as the README of 2020 misspelt it; works, with a warning",
  eipAnnotation: "the address the Service asks for; porter writes the one it gave here too",
  protocolAnnotation: "`bgp`; `layer2` is refused by name",
  poolAnnotation: "the Eip, or one for each family, that the Service wants its addresses of",
  sharingKeyAnnotation: "Services with the same key may share an address",
  sharingNamespacesAnnotation: "namespaces whose Services may share with this one; `*` for all",
  recordAnnotation: "written by porter: what the Service holds, and of which Eip; do not touch",
  releasedAnnotation: "written by porter while an address is let go of; do not touch",
};

/** The document. Throws when an annotation of lib/objects is not told. */
export function reference(): string {
  const crds = [...crdFiles().values()].map((text): Crd => parse(text));
  return [
    "<!-- Made by scripts/reference.ts from the schemas in lib/objects. Change those. -->\n",
    "# Reference\n",
    'Every field that porter reads, every annotation, every name for a "no". `kubectl explain ' +
    "eip.spec` says the same of the cluster that you are on. [manifests/samples](../manifests/samples) " +
    "has examples to start from.\n",
    ...crds.map(kindSection),
    annotationSection(),
    refusalSection(),
  ].join("\n");
}

function kindSection({ spec: { names, versions } }: Crd): string {
  const schema = versions[0].schema.openAPIV3Schema;
  const lines = fieldLines(schema.properties?.spec ?? {}, "spec");
  return `## ${names.kind}\n\n${schema.description}\n\n${
    table(["field", "value", "meaning"], lines)
  }\n`;
}

/** A row for each field that is no mere mapping. */
function fieldLines(schema: FieldSchema, path: string): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = `${path}.${name}`;
    const required = schema.required?.includes(name) ?? false;
    const below = isSelector(field)
      ? []
      : field.items?.properties === undefined
      ? fieldLines(field, at)
      : fieldLines(field.items, `${at}[]`);
    const own = field.description === undefined && below.length > 0
      ? []
      : [[`\`${at}\`${required ? " (required)" : ""}`, valueOf(field), meaningOf(field)]];
    return [...own, ...below];
  });
}

function isSelector({ properties = {} }: FieldSchema): boolean {
  return "matchLabels" in properties && "matchExpressions" in properties;
}

function valueOf(field: FieldSchema): string {
  const { minimum, maximum } = field;
  const range = minimum === undefined && maximum === undefined
    ? ""
    : ` ${minimum ?? ""}..${maximum ?? ""}`;
  const said = field.default === undefined ? "" : `; default \`${JSON.stringify(field.default)}\``;
  return `${typeOf(field)}${range}${said}`;
}

function typeOf(field: FieldSchema): string {
  const words = field.enum?.filter((each) => each !== "").map((each) => `\`${each}\``);
  if (words !== undefined) return words.join(", ");
  if (isSelector(field)) return "label selector";
  if (field.type === "array") return `list of ${typeOf(field.items ?? {})}`;
  if (field.additionalProperties !== undefined) return "map";
  return { object: "fields", boolean: "true or false" }[field.type ?? ""] ?? field.type ?? "any";
}

function meaningOf(field: FieldSchema): string {
  const rules = (field["x-kubernetes-validations"] ?? []).flatMap(({ message }) => message ?? []);
  const told = rules.filter((each) => !(field.description ?? "").includes(each));
  const more = told.length === 0 ? "" : `Rules: ${told.join("; ")}.`;
  return `${field.description ?? ""} ${more}`.trim().replaceAll("|", "\\|");
}

function annotationSection(): string {
  const exported = Object.entries(objects)
    .filter(([name, value]) => name.endsWith("Annotation") && typeof value === "string");
  const untold = exported.map(([name]) => name).filter((name) => !(name in annotations));
  if (untold.length > 0) throw new Error(`docs/reference.md does not tell ${untold.join(", ")}`);
  const rows = exported.map(([name, key]) => [`\`${key}\``, annotations[name] ?? ""]);
  return `## Annotations\n\n${table(["annotation", "meaning"], rows)}\n`;
}

function refusalSection(): string {
  const rows = Object.entries(refusalMeanings).map(([name, meaning]) => [`\`${name}\``, meaning]);
  return `## Every "no"\n\nThe same name is the reason of the object's condition and of its event, a ` +
    `field of the log entry \`refused\`, and a label of the metrics. The message beside it has the ` +
    `particulars.\n\n${table(["reason", "meaning"], rows)}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

if (import.meta.main) {
  const wanted = reference();
  if (!Deno.args.includes("--check")) await Deno.writeTextFile(file, wanted);
  else if (await Deno.readTextFile(file).catch(() => "") !== wanted) {
    console.error("docs/reference.md is stale; run deno run -A scripts/reference.ts");
    Deno.exit(1);
  }
}
