/**
 * Makes docs/reference.md and docs/zh/reference.md: every field of Eip, BgpConf and BgpPeer as the CRDs have
 * it, every annotation of a Service or Node, and every name for a "no". Of the Chinese one the texts are in
 * scripts/chinese, by the English ones (docs/adr/0039).
 *
 *     deno run -A scripts/reference.ts            write them
 *     deno run -A scripts/reference.ts --check    fail when they are not what the schemas say
 *
 * @module
 */

import { parse } from "yaml";
import * as objects from "../lib/objects/mod.ts";
import { refusalMeanings } from "../lib/refusal/mod.ts";
import { fieldTexts } from "./chinese/fields.ts";
import { referenceTexts } from "./chinese/reference.ts";
import { refusalTexts } from "./chinese/refusals.ts";
import { Translator } from "./chinese/translator.ts";
import { crdFiles } from "./crds.ts";

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

/** Says an English text in the language of the document. */
type Say = (english: string) => string;

const inEnglish: Say = (text) => text;

/** The document. Throws when an annotation of lib/objects is not told. */
export function reference(say: Say = inEnglish): string {
  const crds = [...crdFiles().values()].map((text): Crd => parse(text));
  return [
    `# ${say("Reference")}\n`,
    say === inEnglish
      ? "English | [中文](zh/reference.md)\n"
      : "[English](../reference.md) | 中文\n",
    "<!-- Made by scripts/reference.ts from the schemas in lib/objects. Change those. -->\n",
    say(
      'Every field that porter reads, every annotation, every name for a "no". `kubectl explain ' +
        "eip.spec` says the same of the cluster that you are on. [manifests/samples](../manifests/samples) " +
        "has examples to start from.",
    ) + "\n",
    ...crds.map((crd) => kindSection(crd, say)),
    annotationSection(say),
    refusalSection(say),
  ].join("\n");
}

/** The document in Chinese, and which of its texts are missing or of nothing. */
export function chineseReference(): { readonly text: string; readonly faults: readonly string[] } {
  const words = new Translator({ ...referenceTexts, ...fieldTexts, ...refusalTexts });
  return { text: reference(words.of), faults: words.faults("scripts/chinese") };
}

function kindSection({ spec: { names, versions } }: Crd, say: Say): string {
  const schema = versions[0].schema.openAPIV3Schema;
  const lines = fieldLines(schema.properties?.spec ?? {}, "spec", say);
  return `## ${names.kind}\n\n${say(schema.description ?? "")}\n\n${
    table(["field", "value", "meaning"].map(say), lines)
  }\n`;
}

/** A row for each field that is no mere mapping. */
function fieldLines(
  schema: FieldSchema,
  path: string,
  say: Say,
): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = `${path}.${name}`;
    const required = schema.required?.includes(name) ?? false;
    const below = isSelector(field)
      ? []
      : field.items?.properties === undefined
      ? fieldLines(field, at, say)
      : fieldLines(field.items, `${at}[]`, say);
    const own = field.description === undefined && below.length > 0 ? [] : [[
      `\`${at}\`${required ? say(" (required)") : ""}`,
      valueOf(field, say),
      meaningOf(field, say),
    ]];
    return [...own, ...below];
  });
}

function isSelector({ properties = {} }: FieldSchema): boolean {
  return "matchLabels" in properties && "matchExpressions" in properties;
}

function valueOf(field: FieldSchema, say: Say): string {
  const { minimum, maximum } = field;
  const range = minimum === undefined && maximum === undefined
    ? ""
    : ` ${minimum ?? ""}..${maximum ?? ""}`;
  const said = field.default === undefined
    ? ""
    : `${say("; default ")}\`${JSON.stringify(field.default)}\``;
  return `${typeOf(field, say)}${range}${said}`;
}

function typeOf(field: FieldSchema, say: Say): string {
  const words = field.enum?.filter((each) => each !== "").map((each) => `\`${each}\``);
  if (words !== undefined) return words.join(", ");
  if (isSelector(field)) return say("label selector");
  if (field.type === "array") return `${say("list of ")}${typeOf(field.items ?? {}, say)}`;
  if (field.additionalProperties !== undefined) return say("map");
  const { type = "any" } = field;
  return say({ object: "fields", boolean: "true or false" }[type] ?? type);
}

function meaningOf(field: FieldSchema, say: Say): string {
  const rules = (field["x-kubernetes-validations"] ?? []).flatMap(({ message }) => message ?? []);
  const told = rules.filter((each) => !(field.description ?? "").includes(each));
  const description = field.description === undefined ? "" : say(field.description);
  const more = told.length === 0
    ? ""
    : `${say(" Rules: ")}${told.map(say).join(say("; "))}${say(".")}`;
  return `${description}${more}`.trim().replaceAll("|", "\\|");
}

function annotationSection(say: Say): string {
  const exported = Object.entries(objects)
    .filter(([name, value]) => name.endsWith("Annotation") && typeof value === "string");
  const untold = exported.map(([name]) => name).filter((name) => !(name in annotations));
  if (untold.length > 0) throw new Error(`docs/reference.md does not tell ${untold.join(", ")}`);
  const rows = exported.map(([name, key]) => [`\`${key}\``, say(annotations[name] ?? "")]);
  return `## ${say("Annotations")}\n\n${table(["annotation", "meaning"].map(say), rows)}\n`;
}

function refusalSection(say: Say): string {
  const rows = Object.entries(refusalMeanings)
    .map(([name, meaning]) => [`\`${name}\``, say(meaning)]);
  const words =
    "The same name is the reason of the object's condition and of its event, a field of the " +
    "log entry `refused`, and a label of the metrics. The message beside it has the particulars.";
  const head = ["reason", "meaning"].map(say);
  return `## ${say('Every "no"')}\n\n${say(words)}\n\n${table(head, rows)}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Writes a document, or tells whether it is stale. */
async function keep(path: string, wanted: string, check: boolean): Promise<readonly string[]> {
  const file = new URL(`../${path}`, import.meta.url);
  if (!check) await Deno.writeTextFile(file, wanted);
  else if (await Deno.readTextFile(file).catch(() => "") !== wanted) {
    return [`${path} is stale; run deno run -A scripts/reference.ts`];
  }
  return [];
}

if (import.meta.main) {
  const check = Deno.args.includes("--check");
  const chinese = chineseReference();
  const faults = [
    ...chinese.faults,
    ...await keep("docs/reference.md", reference(), check),
    ...await keep("docs/zh/reference.md", chinese.text, check),
  ];
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
}
