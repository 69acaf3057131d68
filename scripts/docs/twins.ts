/**
 * Holds the Chinese documents to the English ones: the same outline (headings, paragraphs, items,
 * code blocks, rows and columns of tables), code, links, code spans and numbers, in the same order
 * where order means something. What a sentence says no program can compare.
 *
 * @module
 */

import { pictureTexts } from "../chinese/pictures.ts";
import { type Page, type Part, readPage } from "./page.ts";

/** The documents for users: each has a Chinese twin, see {@link twinOf}. */
export const translated: readonly string[] = [
  "README.md",
  "SECURITY.md",
  ...[
    "bfd",
    "build",
    "compare_metallb",
    "deploy_bare_metal",
    "failover",
    "faq",
    "install_kubernetes",
    "lab",
    "layer2",
    "leaf_switches",
    "migrate",
    "observe",
    "policy",
    "reference",
    "topologies",
    "troubleshooting",
    "use_cases",
  ].map((name) => `docs/${name}.md`),
];

/** The documents for developers, and what is generated: files and folders that have no twin. */
export const untranslated: readonly string[] = [
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "docs/adr/",
  "docs/cluster_tests.md",
  "docs/rfc_notes.md",
];

/** Where the Chinese twin of a document is: README_zh.md, or of the same name in docs/zh. */
export function twinOf(path: string): string {
  if (path === "README.md") return "README_zh.md";
  return `docs/zh/${path.slice(path.lastIndexOf("/") + 1)}`;
}

/** Twins that are missing or of nothing, and documents of which no list says whether they have one. */
export function placeFaults(documents: readonly string[]): string[] {
  const twins = new Set(translated.map(twinOf));
  const there = new Set(documents);
  const missing = translated.flatMap((path) =>
    there.has(path)
      ? there.has(twinOf(path)) ? [] : [`${path}: its twin ${twinOf(path)} is missing`]
      : [`${path}: is not there, but in the list of scripts/docs/twins.ts`]
  );
  const unknown = documents.filter((path) => {
    if (twins.has(path) || translated.includes(path)) return false;
    return !untranslated.some((own) => own.endsWith("/") ? path.startsWith(own) : path === own);
  });
  return [
    ...missing,
    ...unknown.map((path) => `${path}: is in no list of scripts/docs/twins.ts, and no twin of one`),
  ];
}

/** How the twin of the document at `path` differs from it, one line for each difference. */
export function twinFaults(path: string, english: string, chinese: string): string[] {
  const twin = twinOf(path);
  const languages = [
    ...lineFaults(path, english, `English | [中文](${relative(path, twin)})`),
    ...lineFaults(twin, chinese, `[English](${relative(twin, path)}) | 中文`),
  ];
  const left = readPage(path, english);
  const right = readPage(twin, chinese);
  const links = left.links.map(({ line, what }) => ({
    line,
    what: translated.includes(what) ? twinOf(what) : pictureTwin(what),
  }));
  return [
    ...languages,
    ...firstDifference(left, right, left.outline, right.outline),
    ...firstDifference(left, right, left.code, right.code),
    ...firstDifference(left, right, links, right.links),
    ...surplus(left, right, left.spans, right.spans),
    ...surplus(right, left, right.spans, left.spans),
    ...surplus(left, right, left.numbers, right.numbers),
    ...surplus(right, left, right.numbers, left.numbers),
  ];
}

/** A picture with words has a Chinese one, which the Chinese page shows. */
function pictureTwin(path: string): string {
  const name = /^docs\/images\/(\w+)\.svg$/.exec(path)?.[1] ?? "";
  return Object.hasOwn(pictureTexts, name) ? `docs/images/zh/${name}.svg` : path;
}

/** The third line leads to the other language. */
function lineFaults(path: string, text: string, line: string): string[] {
  return text.split("\n")[2] === line ? [] : [`${path}:3: is not "${line}"`];
}

/** Later differences mostly follow from the first one. */
function firstDifference(
  left: Page,
  right: Page,
  wanted: readonly Part[],
  found: readonly Part[],
): string[] {
  const at = wanted.findIndex((part, index) => part.what !== found[index]?.what);
  const index = at < 0 ? wanted.length : at;
  const [want, got] = [wanted[index], found[index]];
  if (want === undefined && got === undefined) return [];
  if (want === undefined) return [`${right.path}:${got?.line}: ${got?.what}: not in ${left.path}`];
  if (got === undefined) {
    return [`${right.path}: lacks ${want.what} of ${left.path}:${want.line}`];
  }
  return [`${right.path}:${got.line}: ${got.what}, but ${want.what} in ${left.path}:${want.line}`];
}

/** What one page has more often than the other, at its last place. */
function surplus(
  page: Page,
  other: Page,
  parts: readonly Part[],
  others: readonly Part[],
): string[] {
  const left = Map.groupBy(others, (part) => part.what);
  const more = parts.filter(({ what }) => left.get(what)?.pop() === undefined);
  return more.map(({ line, what }) => `${page.path}:${line}: ${what}: not in ${other.path}`);
}

function relative(from: string, to: string): string {
  const folders = from.split("/").slice(0, -1);
  const names = to.split("/");
  while (folders.length > 0 && folders[0] === names[0]) {
    folders.shift();
    names.shift();
  }
  return "../".repeat(folders.length) + names.join("/");
}
