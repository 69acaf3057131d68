/**
 * A Markdown document taken apart into what must be equal in another language.
 *
 * @module
 */

import { linesOf } from "./lines.ts";

/** One part of a document: its line (from 1), and what it is, in words that can be compared. */
export interface Part {
  readonly line: number;
  readonly what: string;
}

/** The parts of one document, each kind in order. */
export interface Page {
  /** Relative to the checkout. */
  readonly path: string;
  /** Headings, paragraphs, items, code blocks and rows of tables. */
  readonly outline: readonly Part[];
  /** Lines of code blocks; of a comment after # only that it is there. */
  readonly code: readonly Part[];
  /** Targets of links and images without their anchors, relative to the checkout. */
  readonly links: readonly Part[];
  /** Code spans. */
  readonly spans: readonly Part[];
  /** Numbers in prose and tables, but for those that belong to a word, as in IPv4. */
  readonly numbers: readonly Part[];
}

/** Takes a document apart. Its third line, which leads to the other language, is no part of it. */
export function readPage(path: string, text: string): Page {
  const outline: Part[] = [];
  const code: Part[] = [];
  const prose: string[] = [];
  let open = false;
  for (
    const { line, text: raw, kind, language } of linesOf(text.split("\n").with(2, "").join("\n"))
  ) {
    const part = (what: string): Part => ({ line, what });
    prose.push(kind !== "prose" || /^<!--.*-->$/.test(raw) ? "" : raw);
    if (kind === "code") {
      code.push(part(`code "${raw.replace(/(^|\s+)#.*$/, " #").trim()}"`));
    } else if (kind !== "prose") {
      if (kind === "opens") outline.push(part(`code block "${language}"`));
      open = false;
    } else {
      const what = blockOf(prose.at(-1) ?? "");
      if (what !== undefined && !(open && what === "paragraph")) outline.push(part(what));
      open = what === "paragraph" || what === "item";
    }
  }
  return { path, outline, code, ...readProse(path, prose.join("\n")) };
}

/** What a line of prose begins; undefined for an empty one. */
function blockOf(line: string): string | undefined {
  if (line.trim() === "") return undefined;
  const heading = /^(#+) /.exec(line)?.[1];
  if (heading !== undefined) return `heading ${heading}`;
  if (/^\s*\|/.test(line)) {
    return `table row of ${[...line.matchAll(/(?<!\\)\|/g)].length - 1} columns`;
  }
  return /^\s*(?:[-*]|\d+\.) /.test(line) ? "item" : "paragraph";
}

function readProse(path: string, prose: string): Pick<Page, "links" | "spans" | "numbers"> {
  const found = (text: string, pattern: RegExp, say: (match: string) => string): Part[] =>
    [...text.matchAll(pattern)].map((match) => ({
      line: prose.slice(0, match.index).split("\n").length,
      what: say(match.slice(1).find((group) => group !== undefined) ?? match[0]),
    }));
  const span = /`([^`]+)`/g;
  const link = /\]\(([^)\s]+)\)|<(https?:[^>\s]+)>/g;
  const plain = [span, link].reduce(
    (text, pattern) => text.replace(pattern, (match) => match.replace(/[^\n]/g, " ")),
    prose,
  );
  return {
    spans: found(prose, span, (code) => `\`${code.replace(/\s+/g, " ")}\``),
    links: found(prose, link, (target) => resolve(path, target)),
    numbers: found(plain, /(?<![A-Za-z\d.])\d+(?:[.,]\d+)*/g, (number) => `number ${number}`),
  };
}

function resolve(path: string, target: string): string {
  if (/^[a-z]+:/.test(target)) return target;
  return new URL(target.replace(/#.*$/, ""), `file:///${path}`).pathname.slice(1);
}
