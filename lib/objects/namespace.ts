/**
 * Namespace of v1: only its labels matter, to the selectors of Eips.
 *
 * @module
 */

import { section } from "./field.ts";
import { defineKind } from "./kind.ts";
import type { Namespace } from "./model.ts";

/** The kind Namespace. */
export const namespaceKind = defineKind({
  kind: "Namespace",
  apiVersion: "v1",
  namespaced: false,
  schema: section({}),
  strictness: "near-misses",
  read: (meta): Namespace => meta,
});
