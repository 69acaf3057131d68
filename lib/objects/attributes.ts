/**
 * BGP path attributes as Eips, BgpPeers and, where the Eip allows it, annotations of Services say them.
 * One list of what there is, so that a field, an annotation and an allowed override cannot differ.
 *
 * @module
 */

import type { z } from "zod";
import type { PathAttributes } from "../bgp/model/mod.ts";
import {
  communityForm,
  extendedCommunityForm,
  largeCommunityForm,
  parseCommunity,
  parseExtendedCommunity,
  parseLargeCommunity,
} from "../bgp/wire/mod.ts";
import { list, textThat, wholeNumber } from "./field.ts";

/** The attributes that can be set, by the name of the field. */
export type AttributeName =
  | "communities"
  | "largeCommunities"
  | "extendedCommunities"
  | "localPref"
  | "med"
  | "prepend";

/** Most items of a list, so that a path with all of them still fits a message beside its prefix. */
const maxCommunities = 32;

const maxPrepend = 16;

/** A list whose items a parser takes. */
function communities(form: string, parse: (text: string) => unknown): z.ZodArray<z.ZodString> {
  return list(textThat(form, (text) => parse(text) !== undefined));
}

/** As one place says them: what several say together has more. */
function few(all: z.ZodArray<z.ZodString>): z.ZodArray<z.ZodString> {
  return all.max(maxCommunities, { error: `must be at most ${maxCommunities} items` });
}

const standard = communities(communityForm, parseCommunity);
const large = communities(largeCommunityForm, parseLargeCommunity);
const extended = communities(extendedCommunityForm, parseExtendedCommunity);

const words = {
  communities: "Communities (RFC 1997): 64512:100, or a name like no-export.",
  largeCommunities: "Large communities (RFC 8092): 64512:1:2.",
  extendedCommunities:
    "Extended communities (RFC 4360): rt:64512:100, soo:192.0.2.1:5, 0x and 16 digits.",
};

/** The fields of a section that says path attributes. */
export const attributeFields = {
  communities: few(standard).optional().describe(words.communities),
  largeCommunities: few(large).optional().describe(words.largeCommunities),
  extendedCommunities: few(extended).optional().describe(words.extendedCommunities),
  localPref: wholeNumber(0, 4294967295).optional()
    .describe("LOCAL_PREF, said to internal peers only; 100 where nothing is said."),
  med: wholeNumber(0, 4294967295).optional()
    .describe("MULTI_EXIT_DISC; not said where nothing is said."),
  prepend: wholeNumber(0, maxPrepend).optional()
    .describe("How many times more than once our AS stands in AS_PATH towards external peers."),
} satisfies Record<AttributeName, z.ZodType>;

/** The same for a status: what Eip, BgpPeer and Service say together. */
export const mergedAttributeFields = {
  ...attributeFields,
  communities: standard.optional().describe(words.communities),
  largeCommunities: large.optional().describe(words.largeCommunities),
  extendedCommunities: extended.optional().describe(words.extendedCommunities),
};

/** The names of all attributes that can be set. */
export const attributeNames = Object.keys(attributeFields) as readonly AttributeName[];

type Said = { readonly [Name in AttributeName]?: z.infer<typeof attributeFields[Name]> };

/** Makes path attributes of fields that the schema accepted. */
export function readAttributes(said: Said): PathAttributes {
  return {
    ...(said.communities && { communities: said.communities.map(read(parseCommunity)) }),
    ...(said.largeCommunities &&
      { largeCommunities: said.largeCommunities.map(read(parseLargeCommunity)) }),
    ...(said.extendedCommunities &&
      { extendedCommunities: said.extendedCommunities.map(read(parseExtendedCommunity)) }),
    ...(said.localPref !== undefined && { localPref: said.localPref }),
    ...(said.med !== undefined && { med: said.med }),
    ...(said.prepend !== undefined && { prepend: said.prepend }),
  };
}

function read<T>(parse: (text: string) => T | undefined): (text: string) => T {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new TypeError(`The schema let "${text}" pass`);
    return value;
  };
}

/** The annotation of a Service that sets an attribute. */
export const attributeAnnotations: Readonly<Record<AttributeName, string>> = {
  communities: "bgp.porter.kubesphere.io/communities",
  largeCommunities: "bgp.porter.kubesphere.io/large-communities",
  extendedCommunities: "bgp.porter.kubesphere.io/extended-communities",
  localPref: "bgp.porter.kubesphere.io/local-pref",
  med: "bgp.porter.kubesphere.io/med",
  prepend: "bgp.porter.kubesphere.io/prepend",
};

/** What the annotations of a Service say of its paths. */
export interface AskedAttributes {
  readonly attributes: PathAttributes;
  /** Annotations that mean nothing, and why. */
  readonly wrong: readonly { readonly annotation: string; readonly message: string }[];
}

/** Reads the annotations; undefined when there is none. Lists have commas between their items. */
export function askedAttributes(
  annotations: Readonly<Record<string, string>>,
): AskedAttributes | undefined {
  const wrong: { annotation: string; message: string }[] = [];
  let attributes: PathAttributes = {};
  let any = false;
  for (const name of attributeNames) {
    const annotation = attributeAnnotations[name];
    const text = annotations[annotation]?.trim() ?? "";
    if (text === "") continue;
    any = true;
    const value = name.endsWith("ommunities")
      ? text.split(",").map((each) => each.trim())
      : number(text);
    const checked = attributeFields[name].safeParse(value);
    if (checked.success) {
      attributes = { ...attributes, ...readAttributes({ [name]: checked.data }) };
    } else wrong.push({ annotation, message: checked.error.issues[0]?.message ?? "is wrong" });
  }
  return any ? { attributes, wrong } : undefined;
}

/** A number where the text is one, so that what is wrong is told in the words of the field. */
function number(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}
