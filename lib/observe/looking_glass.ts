/**
 * The looking glass: one page, its style and its script, as they are. Nothing is built, nothing is
 * loaded from elsewhere.
 *
 * @module
 */

import page from "./page/index.html" with { type: "text" };
import style from "./page/looking_glass.css" with { type: "text" };
import script from "./page/looking_glass.js" with { type: "text" };
import type { Page } from "./api.ts";

/** The pages by path. */
export const lookingGlass: ReadonlyMap<string, Page> = new Map([
  ["/", { type: "text/html; charset=utf-8", body: page }],
  ["/looking_glass.css", { type: "text/css; charset=utf-8", body: style }],
  ["/looking_glass.js", { type: "text/javascript; charset=utf-8", body: script }],
]);
