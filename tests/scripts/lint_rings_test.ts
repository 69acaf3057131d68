import { assertEquals, assertMatch } from "@std/assert";
import plugin from "../../scripts/lint/rings.ts";

const cases: { name: string; file: string; source: string; found: string[] }[] = [
  ring0("the clock", "export const t = Date.now();", ["Date.now is chance or the clock"]),
  ring0("the clock by new", "export const t = new Date();", ["new Date() is the clock"]),
  ring0("a date made of a number", "export const t = new Date(5).toISOString();", []),
  ring0("a date in text", "export const t = Date.parse('2026-11-23');", []),
  ring0("chance", "export const r = Math.random() + Math['random']();", [
    "Math.random is chance",
    "Math.random is chance",
  ]),
  ring0("other mathematics", "export const r = Math.floor(1.5);", []),
  ring0("Deno", "export const f = Deno.cwd;", ["Deno may not"]),
  ring0("a type of Deno", "export type F = Deno.FsFile;", ["Deno may not"]),
  ring0("a member called fetch", "export const f = (x: { fetch: 1 }) => x.fetch;", []),
  ring0("an async function", "export async function f() { await 1; }", [
    "synchronous",
    "synchronous",
  ]),
  ring0("an async arrow", "export const f = async () => {};", ["synchronous"]),
  ring0("an async method", "export class C { async m() {} }", ["synchronous"]),
  ring0("a promise", "export type P = Promise<void>;", ["Promise may not"]),
  ring0("the console", "console.log(1);", ["console may not"]),
  ring0("the global object", "export const d = globalThis.Date;", ["globalThis may not"]),
  ring0("a comment about Deno", "// Deno.cwd(), Date.now()\nexport const text = 'Deno.cwd()';", []),
  {
    name: "a loop that waits",
    file: "lib/manager/x.ts",
    source: "export async function f(p: Promise<void>) { await p; }",
    found: [],
  },
  {
    name: "a loop with a timer of its own",
    file: "lib/manager/x.ts",
    source: "setTimeout(() => {}, 5); export const s = AbortSignal.timeout(5);",
    found: ["setTimeout may not", "AbortSignal.timeout"],
  },
  {
    name: "an adapter that names Deno and the console",
    file: "lib/system/x.ts",
    source: "export const d = Deno.cwd(); console.error(d);",
    found: ["console may not"],
  },
  {
    name: "a script",
    file: "scripts/x.ts",
    source: "console.log(Deno.cwd(), Date.now());",
    found: [],
  },
];

function ring0(name: string, source: string, found: string[]) {
  return { name, file: "lib/net/x.ts", source, found };
}

for (const { name, file, source, found } of cases) {
  Deno.test(`the lint rule ${found.length ? "refuses" : "allows"} ${name}`, () => {
    const diagnostics = Deno.lint.runPlugin(plugin, file, source);
    const messages = diagnostics.map((one) => one.message).sort();
    assertEquals(messages.length, found.length, messages.join("\n"));
    found.sort().forEach((part, at) => assertMatch(messages[at] ?? "", new RegExp(escape(part))));
  });
}

function escape(text: string): string {
  return text.replace(/[.()]/g, "\\$&");
}
