/**
 * Secret of v1: the passwords of BgpPeers. Its values are hidden from the door on, and no fault quotes
 * one.
 *
 * @module
 */

import { z } from "zod";
import { Secret } from "../secret/mod.ts";
import { section, text } from "./field.ts";
import { defineKind } from "./kind.ts";
import type { SecretObject } from "./model.ts";

const hidden = (what: string): z.ZodString => z.string({ error: `must be ${what}` });

function isBase64(value: string): boolean {
  try {
    Uint8Array.fromBase64(value);
    return true;
  } catch {
    return false;
  }
}

const mapping = { error: "must be a mapping of names to text" };

/** The kind Secret. `stringData` wins, as the API server has it. */
export const secretKind = defineKind({
  kind: "Secret",
  apiVersion: "v1",
  namespaced: true,
  schema: section({
    type: text().optional(),
    data: z.record(
      z.string(),
      hidden("base64 text").refine(isBase64, { error: "must be base64 text" }),
      mapping,
    ).optional(),
    stringData: z.record(z.string(), hidden("text"), mapping).optional(),
  }),
  strictness: "near-misses",
  read(meta, { data = {}, stringData = {} }): SecretObject {
    const utf8 = new TextDecoder();
    const decoded = Object.entries(data).map(([key, value]) =>
      [key, utf8.decode(Uint8Array.fromBase64(value))] as const
    );
    const values = [...decoded, ...Object.entries(stringData)]
      .map(([key, value]) => [key, new Secret(value)] as const);
    return { ...meta, data: Object.fromEntries(values) };
  },
});
