/**
 * A lint rule for what a ring may name (scripts/rings.ts): ring 0 is pure and synchronous, rings 1
 * and 2 see the world only through ports. `deno lint` and editors run it.
 *
 * @module
 */

import { type Ring, ringOf } from "../rings.ts";

/** The world, by its global names: for rings 3 and 4. */
const worldNames = new Set([
  ...["Deno", "process", "globalThis", "self", "window", "console", "fetch", "WebSocket", "Worker"],
  ...["setTimeout", "setInterval", "setImmediate", "performance", "crypto"],
]);

/** What makes later out of now: for ring 1 and outwards. */
const asyncNames = new Set(["Promise", "queueMicrotask", "AbortController", "AbortSignal"]);

/** The console would break the log's form everywhere; the command line writes to Deno.stdout. */
function bannedNames(ring: Ring): Set<string> {
  if (ring > 2) return new Set(["console"]);
  return ring > 0 ? worldNames : new Set([...worldNames, ...asyncNames]);
}

/** The checkout, so that a file's path within it is known. */
const root = new URL("../..", import.meta.url).pathname;

/** The plugin; its one rule is `porter/rings`. */
const plugin: Deno.lint.Plugin = {
  name: "porter",
  rules: { rings: { create: visit } },
};

export default plugin;

function visit(context: Deno.lint.RuleContext): Deno.lint.LintVisitor {
  const path = decodeURIComponent(context.filename.replace(/^file:\/\//, ""));
  const ring = ringOf(path.startsWith(root) ? path.slice(root.length) : path);
  if (ring === undefined) return {};
  const report = (node: Deno.lint.Node, message: string) =>
    context.report({ node, message: `Ring ${ring}: ${message}` });
  const banned = bannedNames(ring);
  const names: Deno.lint.LintVisitor = {
    Identifier(node) {
      if (banned.has(node.name) && isReference(node)) {
        report(node, `${node.name} may not be named here (scripts/rings.ts)`);
      }
    },
  };
  if (ring > 2) return names;
  const world: Deno.lint.LintVisitor = {
    ...names,
    MemberExpression(node) {
      const name = memberName(node);
      if (name === "Math.random" || name === "Date.now" || name === "AbortSignal.timeout") {
        report(node, `${name} is chance or the clock; take it as an argument or through lib/ports`);
      }
    },
    NewExpression(node) {
      if (named(node.callee, "Date") && node.arguments.length === 0) {
        report(node, "new Date() is the clock; take the time as an argument");
      }
    },
    CallExpression(node) {
      if (named(node.callee, "Date")) report(node, "Date() is the clock; take it as an argument");
    },
  };
  if (ring > 0) return world;
  const later = (node: Deno.lint.Node) =>
    report(node, "ring 0 is synchronous; async belongs to the loops");
  return {
    ...world,
    AwaitExpression: later,
    "FunctionDeclaration[async=true]": later,
    "FunctionExpression[async=true]": later,
    "ArrowFunctionExpression[async=true]": later,
    "ForOfStatement[await=true]": later,
  };
}

/** Whether the identifier stands for a variable or type, and is not the name of a member. */
function isReference(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.object === node || parent.computed;
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
      return parent.key !== node || parent.computed;
    case "TSPropertySignature":
    case "TSMethodSignature":
      return parent.key !== node;
    default:
      return true;
  }
}

function named(node: Deno.lint.Node, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}

function memberName(node: Deno.lint.MemberExpression): string {
  const { object, property } = node;
  if (object.type !== "Identifier") return "";
  if (property.type === "Identifier" && !node.computed) return `${object.name}.${property.name}`;
  const literal = property.type === "Literal" ? String(property.value) : "";
  return `${object.name}.${literal}`;
}
