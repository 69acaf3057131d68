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
import { bfdDefaults } from "../lib/bfd/session/mod.ts";
import { peerDefaults } from "../lib/bgp/model/mod.ts";
import {
  bgpConfSchema,
  bgpPeerSchema,
  brakeDefaults,
  eipSchema,
  nodeBfdDefaults,
} from "../lib/objects/mod.ts";
import {
  addressRules,
  communityRules,
  eipRules,
  interfacePattern,
  namePattern,
  neighborRules,
  peerRules,
  type Said,
} from "./crd_rules.ts";
import { fromFileUrl } from "./files.ts";

const group = "network.kubesphere.io";
const version = "v1alpha1";

interface Crd {
  readonly kind: string;
  readonly plural: string;
  readonly description: string;
  readonly schema: z.ZodObject;
  /** Name, type and path of each column of `kubectl get`, and 1 for those of `-o wide` alone. */
  readonly columns: readonly (readonly [string, string, string, 1?])[];
  /**
   * What the API server needs beside the schema, by field: defaults as porter reads them, rules in CEL
   * (ip() and cidr() are there since Kubernetes 1.31) and the lengths that bound their cost.
   */
  readonly said: Said;
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
      ["protocol", "string", ".spec.protocol"],
      ["priority", "integer", ".spec.priority"],
      ["auto", "boolean", ".spec.autoAssign"],
      ["ready", "string", conditionPath("Ready", "status")],
      ["reason", "string", conditionPath("Ready", "reason"), 1],
    ],
    said: {
      "spec": { "x-kubernetes-validations": eipRules },
      "spec.address": { maxLength: 100, "x-kubernetes-validations": addressRules },
      "spec.disable": { default: false },
      "spec.usingKnownIPs": { default: false },
      "spec.priority": { default: 100 },
      "spec.autoAssign": { default: true },
      ...communityRules("spec.bgp"),
      // Whoever writes it says all of it: the entries are claims.
      "status.used": { "x-kubernetes-map-type": "atomic" },
    },
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
      ["accepted", "string", conditionPath("Accepted", "status")],
      ["speakers", "string", conditionPath("SpeakersReady", "status")],
      ["listening", "integer", ".status.speakersListening", 1],
      ["of", "integer", ".status.speakersWanted", 1],
      ["reason", "string", conditionPath("Accepted", "reason"), 1],
    ],
    said: {
      "spec.nodeBfd.enabled": { default: true },
      "spec.nodeBfd.interval": { default: nodeBfdDefaults.interval },
      "spec.nodeBfd.detectMultiplier": { default: nodeBfdDefaults.detectMultiplier },
      "spec.nodeBfd.maxUnreachable": { default: nodeBfdDefaults.maxUnreachable },
      "spec.brake.maxWithdrawn": { default: brakeDefaults.maxWithdrawn },
      "spec.brake.withinSeconds": { default: brakeDefaults.within / 1000 },
      "spec.brake.minRoutes": { default: brakeDefaults.minRoutes },
      "spec.routerID": {
        maxLength: 15,
        "x-kubernetes-validations": [{
          rule: "isIP(self) && ip(self).family() == 4 && !ip(self).isUnspecified()",
          message: "must be a dotted quad like 10.0.0.1, not 0.0.0.0",
        }],
      },
    },
  },
  {
    kind: "BgpPeer",
    plural: "bgppeers",
    description: "A leaf switch that porter speaks BGP with.",
    schema: bgpPeerSchema,
    columns: [
      ["peer-as", "integer", ".spec.config.peerAs"],
      ["address", "string", ".spec.config.neighborAddress"],
      ["state", "string", ".status.state"],
      ["since", "date", ".status.since"],
      ["prefixes", "integer", ".status.prefixesSent"],
      // Where agents speak, this is all there is of the session: the managers have none.
      ["speakers-up", "integer", ".status.speakersEstablished"],
      ["of", "integer", ".status.speakersWanted"],
      ["accepted", "string", conditionPath("Accepted", "status"), 1],
      ["last-error", "string", ".status.lastError", 1],
    ],
    said: {
      "spec": { "x-kubernetes-validations": peerRules },
      "spec.transport.sourceAddress": {
        maxLength: 45,
        "x-kubernetes-validations": [{
          rule: "isIP(self) && !ip(self).isUnspecified() && !ip(self).isLinkLocalMulticast()",
          message: "must be an address of this host",
        }],
      },
      "spec.transport.interface": { maxLength: 15, pattern: interfacePattern },
      "spec.passwordSecretRef.name": { maxLength: 253, pattern: namePattern },
      "spec.passwordSecretRef.namespace": { maxLength: 253, pattern: namePattern },
      "spec.passwordSecretRef.key": { pattern: "^[-._a-zA-Z0-9]{1,253}$" },
      "spec.config": { "x-kubernetes-validations": neighborRules },
      "spec.config.listenRange": {
        maxLength: 49,
        "x-kubernetes-validations": [{
          rule: "isCIDR(self) && cidr(self).prefixLength() > 0",
          message: "must be a prefix of routers like 10.40.0.0/24",
        }],
      },
      "spec.config.neighborAddress": {
        maxLength: 45,
        "x-kubernetes-validations": [{
          rule: "isIP(self) && !ip(self).isUnspecified() && !ip(self).isLinkLocalMulticast()",
          message: "must be the IPv4 or IPv6 address of a router",
        }],
      },
      "spec.addPaths.sendMax": { default: peerDefaults.addPathSendMax },
      "spec.transport.passiveMode": { default: peerDefaults.passive },
      "spec.transport.remotePort": { default: peerDefaults.port },
      "spec.usingPortForward": { default: false },
      "spec.bfd.enabled": { default: true },
      "spec.bfd.minTx": { default: bfdDefaults.minTx },
      "spec.bfd.minRx": { default: bfdDefaults.minRx },
      "spec.bfd.detectMultiplier": { default: bfdDefaults.detectMult },
      "status.speakers": {
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
      },
      "spec.speakers": {
        "x-kubernetes-validations": [{
          rule: "self.type == 'Agents' || !has(self.nodeSelector)",
          message: "nodeSelector goes with type Agents only",
        }],
      },
      "spec.timers.holdTime": {
        default: peerDefaults.holdTime,
        "x-kubernetes-validations": [{
          rule: "self == 0 || self >= 3",
          message: "must be 0 or from 3 to 65535 (RFC 4271 section 4.2)",
        }],
      },
      "spec.timers.idleHold": { default: peerDefaults.idleHoldTime },
      "spec.timers.connectRetry": { default: peerDefaults.connectRetryTime },
      ...communityRules("spec.export"),
      "spec.gracefulRestart.enabled": { default: true },
      "spec.gracefulRestart.restartTime": { default: peerDefaults.restartTime },
    },
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

/** The API server shows it by itself only where no columns are declared. */
const age = ["age", "date", ".metadata.creationTimestamp"] as const;

function conditionPath(type: string, field: "status" | "reason"): string {
  return `.status.conditions[?(@.type=="${type}")].${field}`;
}

function crdObject({ kind, plural, description, schema, columns, said }: Crd): unknown {
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
        additionalPrinterColumns: [...columns, age].map(([name, type, jsonPath, priority]) => ({
          name,
          type,
          jsonPath,
          ...(priority === undefined ? {} : { priority }),
        })),
        subresources: { status: {} },
        schema: { openAPIV3Schema: openApiSchema(schema, description, said) },
      }],
    },
  };
}

/** A structural schema: apiVersion, kind and metadata are the API server's. */
function openApiSchema(
  schema: z.ZodObject,
  description: string,
  said: Said,
): unknown {
  const { properties, required, type } = z.toJSONSchema(schema, {
    target: "openapi-3.0",
    io: "input",
  });
  const made = structural({ type, required, properties });
  for (const [path, more] of Object.entries(said)) Object.assign(fieldOf(made, path), more);
  return { description, ...Object(made) };
}

/** The schema of a field; throws where there is none, so that a rule cannot get lost. */
function fieldOf(schema: unknown, path: string): Record<string, unknown> {
  let at = schema as Record<string, unknown> | undefined;
  for (const name of path.split(".")) {
    const items = name === "items" ? at?.items as Record<string, unknown> | undefined : undefined;
    at = items ?? (at?.properties as Record<string, Record<string, unknown>> | undefined)?.[name];
  }
  if (at === undefined) throw new Error(`Cannot say more of ${path}: the schema has no such field`);
  return at;
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
