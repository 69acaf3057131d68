/**
 * What `parse.ts` must know of a kind; each kind has a file of its own that fills this in.
 *
 * @module
 */

import type { z } from "zod";
import type { ObjectMeta } from "./model.ts";
import type { FieldFault } from "./field.ts";
import type { Strictness } from "./spelling.ts";

/** The group of porter's own kinds. */
export const porterGroup = "network.kubesphere.io";

/** One kind of object. */
export interface Kind<K extends string, S extends z.ZodObject, O> {
  readonly kind: K;
  readonly apiVersion: string;
  readonly namespaced: boolean;
  /** What is checked beside apiVersion, kind and metadata. */
  readonly schema: S;
  readonly strictness: Strictness;
  /** Makes porter's noun of what the schema accepted; adds warnings about its meaning. */
  readonly read: (meta: ObjectMeta, body: z.infer<S>, warnings: FieldFault[]) => O;
}

/** Checks the types of a kind, and infers them. */
export function defineKind<K extends string, S extends z.ZodObject, O>(
  kind: Kind<K, S, O>,
): Kind<K, S, O> {
  return kind;
}
