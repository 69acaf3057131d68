/**
 * The looking glass: one page, its style and its script, as they are. Nothing is built, nothing is
 * loaded from elsewhere.
 *
 * @module
 */

import type { Page } from "./api.ts";

/** The pages by path. */
export const lookingGlass: ReadonlyMap<string, Page> = new Map();
