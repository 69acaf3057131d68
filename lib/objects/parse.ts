/**
 * The door: raw objects, as YAML, JSON or the Kubernetes API gives them, become porter's nouns here
 * or nowhere. All faults of an object are told together.
 *
 * ```ts
 * const parsed = parseObject({ apiVersion: "v1", kind: "Node", metadata: { name: "node1" } });
 * if (parsed.ok && parsed.value.kind === "Node") parsed.value.object.internalIps;
 * ```
 *
 * @module
 */

import { z } from "zod";
import type { ObjectRef } from "../refusal/mod.ts";
import { err, ok, type Result } from "../result/mod.ts";
import { bgpConfKind } from "./bgp_conf.ts";
import { bgpPeerKind } from "./bgp_peer.ts";
import { eipKind } from "./eip.ts";
import { endpointSliceKind } from "./endpoint_slice.ts";
import { fieldError, type FieldFault, quoted, section } from "./field.ts";
import { type Kind, porterGroup } from "./kind.ts";
import { below, knownFields, maxDepth, withoutNulls } from "./known.ts";
import { metadataSchema, readMeta } from "./meta.ts";
import type {
  BgpConf,
  BgpPeer,
  Eip,
  EndpointSlice,
  Namespace,
  Node,
  SecretObject,
  Service,
} from "./model.ts";
import { namespaceKind } from "./namespace.ts";
import { nodeKind } from "./node.ts";
import { secretKind } from "./secret.ts";
import { serviceKind } from "./service.ts";
import { isMapping, nearest, unknownFields } from "./spelling.ts";

/** The noun of each kind that porter reads. */
export interface NounOfKind {
  readonly Eip: Eip;
  readonly BgpConf: BgpConf;
  readonly BgpPeer: BgpPeer;
  readonly Service: Service;
  readonly EndpointSlice: EndpointSlice;
  readonly Node: Node;
  readonly Namespace: Namespace;
  readonly Secret: SecretObject;
}

/** The name of a kind that porter reads. */
export type KindName = keyof NounOfKind;

/** One of porter's nouns, tagged by its kind. */
export type Noun = {
  readonly [K in KindName]: { readonly kind: K; readonly object: NounOfKind[K] };
}[KindName];

/** What became of a raw object: a noun and what is odd about it, or a kind that porter does not read. */
export type ParsedObject =
  | (Noun & { readonly warnings: readonly FieldFault[] })
  | { readonly kind: "Ignored" };

/** Why there is no noun. At least one fault is an error; warnings may stand beside it. */
export interface ParseError {
  /** Undefined when kind or name cannot be read. */
  readonly ref?: ObjectRef;
  readonly faults: readonly FieldFault[];
}

// deno-lint-ignore no-explicit-any -- the table is the one place where kinds of all types meet
type AnyKind = Kind<KindName, any, any>;

const kindTable: Readonly<Record<KindName, AnyKind>> = {
  Eip: eipKind,
  BgpConf: bgpConfKind,
  BgpPeer: bgpPeerKind,
  Service: serviceKind,
  EndpointSlice: endpointSliceKind,
  Node: nodeKind,
  Namespace: namespaceKind,
  Secret: secretKind,
};

/** The names of the kinds that porter reads, its own first. */
export const kindNames = Object.keys(kindTable) as readonly KindName[];

/** Reads a raw object. Never throws, whatever it is given. */
export function parseObject(raw: unknown): Result<ParsedObject, ParseError> {
  if (!isMapping(raw)) {
    return err({
      faults: [
        fieldError([], `must be an object with apiVersion, kind and metadata, not ${quoted(raw)}`),
      ],
    });
  }
  const there = below(raw);
  if (there === "too-deep") {
    return err({ faults: [fieldError([], `is nested more than ${maxDepth} levels deep`)] });
  }
  const kind = kindOf(raw);
  if (kind === undefined) return ok({ kind: "Ignored" });
  if (!("read" in kind)) return err({ faults: [kind] });
  // Hardly an object has one, and copies of all of them cost more than reading them.
  const pruned = there === "nulls" ? withoutNulls(raw) : raw;
  return readAs(kind, pruned, [
    ...unknownFields(schemaOf(kind), pruned, kind.strictness).filter((each) =>
      each.path[0] !== "metadata"
    ),
    ...unknownFields(metadataSchema, pruned.metadata, "near-misses", ["metadata"]),
  ]);
}

/**
 * Reads an object of a kind as an API server gives it, which has checked it and dropped what it does
 * not know: as `parseObject`, but for misspelt fields, of which there can be none. Never throws.
 */
export function parseServed(
  name: KindName,
  raw: Readonly<Record<string, unknown>>,
): Result<ParsedObject, ParseError> {
  const kind = kindTable[name];
  return readAs(kind, knownFields(schemaOf(kind), raw) as RawFields, []);
}

type RawFields = Readonly<Record<string, unknown>>;

/** Checks the fields of an object without nulls; `misspelt` is told beside what is wrong. */
function readAs(
  kind: AnyKind,
  raw: RawFields,
  misspelt: readonly FieldFault[],
): Result<ParsedObject, ParseError> {
  const checked = schemaOf(kind).safeParse(raw);
  if (!checked.success) {
    const ref = refOf(kind, raw);
    const errors = checked.error.issues.map((issue) =>
      fieldError(plainPath(issue.path), issue.message)
    );
    return err({ ...(ref === undefined ? {} : { ref }), faults: [...errors, ...misspelt] });
  }
  const body = checked.data;
  const meta = readMeta({
    kind: kind.kind,
    namespaced: kind.namespaced,
    metadata: body.metadata as z.infer<typeof metadataSchema>,
    status: raw.status,
  });
  const warnings = [...misspelt];
  const object = kind.read(meta, body, warnings);
  return ok({ kind: kind.kind, object, warnings } as ParsedObject);
}

/** The kind of a raw object, undefined when it is none of ours to read, or what is wrong with it. */
function kindOf(raw: Readonly<Record<string, unknown>>): AnyKind | FieldFault | undefined {
  const { apiVersion, kind } = raw;
  if (typeof kind !== "string" || kind === "") {
    return fieldError(
      ["kind"],
      kind === undefined
        ? "is required: is this a Kubernetes object?"
        : `must be text, not ${quoted(kind)}`,
    );
  }
  if (typeof apiVersion !== "string" || apiVersion === "") {
    return fieldError(
      ["apiVersion"],
      apiVersion === undefined ? "is required" : `must be text, not ${quoted(apiVersion)}`,
    );
  }
  const known = Object.hasOwn(kindTable, kind) ? kindTable[kind as KindName] : undefined;
  if (known?.apiVersion === apiVersion) return known;
  const group = groupOf(apiVersion);
  if (known !== undefined && group === groupOf(known.apiVersion)) {
    return fieldError(["apiVersion"], `must be ${known.apiVersion}, not ${quoted(apiVersion)}`);
  }
  if (group !== porterGroup) return undefined;
  const meant = nearest(kind, kindNames);
  return fieldError(
    ["kind"],
    `${quoted(kind)} is not a kind of ${porterGroup}; ${
      meant === undefined ? "use Eip, BgpConf or BgpPeer" : `did you mean ${meant}?`
    }`,
  );
}

/** The group of "group/version"; "" for the core group's "v1". */
function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

const schemas = new Map<AnyKind, z.ZodObject>();

function schemaOf(kind: AnyKind): z.ZodObject {
  const made = schemas.get(kind) ?? section({
    apiVersion: z.unknown().optional(),
    kind: z.unknown().optional(),
    metadata: metadataSchema,
    status: z.unknown().optional(),
    ...kind.schema.shape,
  });
  schemas.set(kind, made);
  return made;
}

/** Names an object whose other fields may all be wrong. */
function refOf(kind: AnyKind, raw: Readonly<Record<string, unknown>>): ObjectRef | undefined {
  const metadata = isMapping(raw.metadata) ? raw.metadata : {};
  const name = metadataSchema.shape.name.safeParse(metadata.name);
  const namespace = metadataSchema.shape.namespace.safeParse(metadata.namespace);
  if (!name.success || !namespace.success) return undefined;
  return {
    kind: kind.kind,
    namespace: kind.namespaced ? namespace.data ?? "default" : "",
    name: name.data,
  };
}

function plainPath(path: readonly PropertyKey[]): (string | number)[] {
  return path.map((part) => typeof part === "symbol" ? String(part) : part);
}
