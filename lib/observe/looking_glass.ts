/**
 * The looking glass: one page, its style and its scripts, as they are. Nothing is built, nothing is
 * loaded from elsewhere.
 *
 * @module
 */

import page from "./page/index.html" with { type: "text" };
import style from "./page/looking_glass.css" with { type: "text" };
import elements from "./page/elements.js" with { type: "text" };
import lists from "./page/lists.js" with { type: "text" };
import script from "./page/looking_glass.js" with { type: "text" };
import machines from "./page/machines.js" with { type: "text" };
import picture from "./page/picture.js" with { type: "text" };
import type { Page } from "./api.ts";

/** The pages by path. */
export const lookingGlass: ReadonlyMap<string, Page> = new Map([
  ["/", { type: "text/html; charset=utf-8", body: page }],
  ["/looking_glass.css", { type: "text/css; charset=utf-8", body: style }],
  ...Object.entries({ looking_glass: script, elements, lists, machines, picture }).map(
    ([name, body]) => [`/${name}.js`, { type: "text/javascript; charset=utf-8", body }] as const,
  ),
]);
