/**
 * Makes crds/ from the schemas of lib/objects, so that the API server and porter agree on every field.
 *
 *     deno run -A scripts/crds.ts            write them
 *     deno run -A scripts/crds.ts --check    fail when they are not what the schemas say
 *
 * @module
 */

import { stringify } from "yaml";
import { z } from "zod";
import { bgpConfSchema, bgpPeerSchema, eipSchema } from "../lib/objects/mod.ts";
import { fromFileUrl } from "./files.ts";

const group = "network.kubesphere.io";
const version = "v1alpha1";

interface Crd {
  readonly kind: string;
  readonly plural: string;
  readonly description: string;
  readonly schema: z.ZodObject;
  /** Name, type and path of each column of `kubectl get`. */
  readonly columns: readonly (readonly [string, string, string])[];
}

const crds: readonly Crd[] = [
  {
    kind: "Eip",
    plural: "eips",
    description: "A pool of addresses for Services of type LoadBalancer.",
    schema: eipSchema,
    columns: [
      ["cidr", "string", ".spec.address"],
      ["usage", "integer", ".status.usage"],
      ["total", "integer", ".status.poolSize"],
    ],
  },
  {
    kind: "BgpConf",
    plural: "bgpconfs",
    description: "The configuration of porter's BGP speaker; exactly one is in force.",
    schema: bgpConfSchema,
    columns: [
      ["as", "integer", ".spec.as"],
      ["router-id", "string", ".spec.routerID"],
      ["port", "integer", ".spec.port"],
    ],
  },
  {
    kind: "BgpPeer",
    plural: "bgppeers",
    description: "A leaf switch that porter speaks BGP with.",
    schema: bgpPeerSchema,
    columns: [
      ["address", "string", ".spec.config.neighborAddress"],
      ["as", "integer", ".spec.config.peerAs"],
      ["state", "string", ".status.state"],
    ],
  },
];

/** The files of crds/ by name, and their texts. */
export function crdFiles(): ReadonlyMap<string, string> {
  const head = "# Made by scripts/crds.ts from the schemas in lib/objects. Change those.\n";
  return new Map(crds.map((crd) => [
    `${group}_${crd.plural}.yaml`,
    head + stringify(crdObject(crd), { lineWidth: 100, aliasDuplicateObjects: false }),
  ]));
}

function crdObject({ kind, plural, description, schema, columns }: Crd): unknown {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        categories: ["ksnet"],
      },
      scope: "Cluster",
      versions: [{
        name: version,
        served: true,
        storage: true,
        additionalPrinterColumns: columns.map(([name, type, jsonPath]) => ({
          name,
          type,
          jsonPath,
        })),
        subresources: { status: {} },
        schema: { openAPIV3Schema: openApiSchema(schema, description) },
      }],
    },
  };
}

/** A structural schema: apiVersion, kind and metadata are the API server's. */
function openApiSchema(schema: z.ZodObject, description: string): unknown {
  const { properties, required, type } = z.toJSONSchema(schema, {
    target: "openapi-3.0",
    io: "input",
  });
  return {
    description,
    ...Object(structural({ type, required, properties })),
  };
}

/** Without `additionalProperties: {}`, which lets every field in and is not structural. */
function structural(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(structural);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key, each]) =>
    !(key === "additionalProperties" && Object.keys(Object(each)).length === 0)
  );
  return Object.fromEntries(kept.map(([key, each]) => [key, structural(each)]));
}

/** What differs between crds/ and the schemas, one line each. */
export async function crdDrift(folder: URL): Promise<string[]> {
  const wanted = crdFiles();
  const faults: string[] = [];
  for (const [name, text] of wanted) {
    const found = await Deno.readTextFile(new URL(name, folder)).catch(() => undefined);
    if (found === undefined) faults.push(`crds/${name} is missing`);
    else if (found !== text) faults.push(`crds/${name} is not what the schemas say`);
  }
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".yaml") && !wanted.has(name)) faults.push(`crds/${name} has no schema`);
  }
  return faults;
}

if (import.meta.main) {
  const folder = new URL("../crds/", import.meta.url);
  if (Deno.args.includes("--check")) {
    const faults = await crdDrift(folder);
    for (const fault of faults) console.error(`${fault}; run deno run -A scripts/crds.ts`);
    console.log(`${crds.length} CRDs: ${faults.length === 0 ? "as the schemas say" : "stale"}`);
    Deno.exit(faults.length === 0 ? 0 : 1);
  }
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, text] of crdFiles()) await Deno.writeTextFile(new URL(name, folder), text);
  console.log(`Wrote ${crds.length} CRDs to ${fromFileUrl(folder)}`);
}
