/**
 * Texts of manifests: documents, lists, lines, and what hostile text gets.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  type ManifestDocument,
  readDocument,
  splitDocuments,
} from "../../../lib/store/directory/manifest.ts";

/** The faults of a text as "line severity field: message", lines counted from 1. */
function faults(text: string): string[] {
  return splitDocuments(text).flatMap((piece) => {
    const document = readDocument(piece.text);
    return [...document.entries.flatMap((entry) => entry.faults), ...document.faults]
      .map(({ line, fault }) =>
        `${line + piece.line + 1} ${fault.severity} ${fault.field}: ${fault.message}`
      );
  });
}

function only(text: string): ManifestDocument {
  const pieces = splitDocuments(text);
  assertEquals(pieces.length, 1);
  return readDocument(pieces[0]?.text ?? "");
}

function names(text: string): (string | undefined)[] {
  return splitDocuments(text)
    .flatMap((piece) => readDocument(piece.text).entries.map(({ ref }) => ref?.name));
}

const node = (name: string): string => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}}\n`;

Deno.test("splitDocuments() cuts at document markers and leaves out what is empty", () => {
  const table: [string, number[]][] = [
    ["", []],
    ["# only a comment\n", []],
    ["---\n---\n# nothing\n---\n", []],
    ["a: 1\n", [0]],
    ["---\na: 1\n", [0]],
    ["a: 1\n---\nb: 2\n", [0, 1]],
    ["a: 1\r\n---\r\nb: 2\r\n", [0, 1]],
    ["# comment\n---\na: 1\n--- # next\nb: 2\n", [1, 3]],
    ["--- {a: 1}\n--- {b: 2}", [0, 1]],
    ["%YAML 1.2\n---\na: 1\n", [1]],
    ["a: |\n  ---\n  text\nb: --- x\n----\n", [0]],
  ];
  for (const [text, lines] of table) {
    assertEquals(splitDocuments(text).map(({ line }) => line), lines, JSON.stringify(text));
    assert(text.includes(splitDocuments(text).map((each) => each.text).join("")));
  }
});

Deno.test("lists of whatever kind are opened, also lists of lists and JSON", () => {
  const item = (name: string): unknown => ({ apiVersion: "v1", kind: "Node", metadata: { name } });
  const list = (kind: string, items: unknown[]): unknown => ({ apiVersion: "v1", kind, items });
  assertEquals(names(JSON.stringify(list("List", [item("a"), item("b")]), null, 2)), ["a", "b"]);
  assertEquals(names(JSON.stringify(list("NodeList", [item("a")]))), ["a"]);
  assertEquals(names(JSON.stringify(list("List", [list("List", [item("a")]), item("b")]))), [
    "a",
    "b",
  ]);
  assertEquals(names(JSON.stringify(list("List", []))), []);
  assertEquals(names(node("a") + "---\n" + node("b") + "...\n"), ["a", "b"]);
});

Deno.test("a fault names the exact line, of the field or of what it is missing in", () => {
  const head = "apiVersion: network.kubesphere.io/v1alpha1\nkind: BgpPeer\n";
  const required = "is required: a whole number from 1 to 4294967295";
  const table: [string, string[]][] = [
    [
      `# a comment\n\n${head}metadata:\n  name: tor-a\nspec:\n  config:\n    neighborAddress: 10.0.0.1\n    peerAs: x\n`,
      ['10 error spec.config.peerAs: must be a whole number from 1 to 4294967295, not "x"'],
    ],
    [
      `${head}metadata: {name: tor-a}\nspec:\n  usingPortForward: true\n  config:\n    neighborAddress: 10.0.0.1\n`,
      [`6 error spec.config.peerAs: ${required}`],
    ],
    [
      `${
        node("a")
      }---\n${head}metadata: {name: tor-a}\nspec:\n  config:\n    peerAs: 1\n    neighborAddress: 10.0.0.1\n  addAaths:\n    sendMax: 8\n`,
      ["12 warning spec.addAaths: is not a known field and is ignored; did you mean addPaths?"],
    ],
    [
      `${head}metadata: {name: tor-a}\n`,
      ["1 error spec: is required: a mapping of fields"],
    ],
    [
      `apiVersion: v1\nkind: List\nitems:\n- ${
        node("a").replaceAll("\n", "\n  ").trim()
      }\n- apiVersion: v1\n  kind: Node\n  metadata:\n    name: B\n`,
      ['10 error metadata.name: must be a name of at most 253 lower case letters, digits, - and ., not "B"'],
    ],
    [
      '{\n "apiVersion": "v1",\n "kind": "Service",\n "metadata": {"name": "web"},\n "spec": {\n  "ports": [\n   {"port": 80},\n   {"port": 0}\n  ]\n }\n}',
      ["8 error spec.ports[1].port: must be a whole number from 1 to 65535, not 0"],
    ],
    [
      `x: &spec\n  ports:\n  - port: 0\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: *spec\n`,
      ["3 error spec.ports[0].port: must be a whole number from 1 to 65535, not 0"],
    ],
  ];
  for (const [text, expected] of table) assertEquals(faults(text), expected, text);
});

Deno.test("text that is no YAML is a fault with its line, and makes its objects unknown", () => {
  const document = only(`apiVersion: v1\nkind: Node\nmetadata: {name: a\nspec: {}\n`);
  assert(document.unidentified);
  assert(document.faults.length > 0);
  assertEquals(document.entries, []);
  assert(faults(`${node("a")}---\na: b: c\n`)[0]?.startsWith("5 error : is not YAML: "));
  assert(
    faults(`a: 1\na: 2\n`)[0]?.startsWith(
      "2 error : is not YAML: the key a stands twice in one mapping",
    ),
  );
  assert(faults("\u0000\u0001")[0] !== undefined);
  assertEquals(faults("a: 1\n? {b: 1}\n: 2\n"), [
    "2 error : is not YAML: a key must be plain text",
  ]);
  assertEquals(faults("<<: [1]\n"), [
    "1 error : is not YAML: merge sources must be maps or map aliases",
  ]);
});

Deno.test("a mapping of very many keys is read in linear time", () => {
  // The parser's own check for repeated keys takes minutes for these: then this test seems to hang.
  const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}: 1\n`).join("");
  assertEquals(faults(`${node("a")}x:\n  y: 1\n`), []);
  assertEquals(faults(`apiVersion: v1\nkind: ConfigMap\n${keys}`), []);
  assertEquals(faults(`${keys}k7: 1\n`).length, 1);
});

Deno.test("what is no object is a fault, what is of another kind is not", () => {
  assertEquals(faults("just text\n"), [
    '1 error : must be an object with apiVersion, kind and metadata, not "just text"',
  ]);
  assertEquals(faults("image:\n  tag: latest\n"), [
    "1 error kind: is required: is this a Kubernetes object?",
  ]);
  assertEquals(faults("apiVersion: apps/v1\nkind: Deployment\n"), []);
  assert(only("image: x\n").unidentified);
});

Deno.test("yes, no, on and off are true and false where kubectl takes them so", () => {
  const eip = (disable: string): string =>
    `apiVersion: network.kubesphere.io/v1alpha1\nkind: Eip\nmetadata: {name: a}\nspec: {address: 10.0.0.1, disable: ${disable}}\n`;
  for (
    const [text, expected] of [["yes", true], ["Off", false], ["on", true], ["true", true]] as const
  ) {
    const noun = only(eip(text)).entries[0]?.noun;
    assert(noun?.kind === "Eip", text);
    assertEquals(noun.object.spec.disable, expected);
  }
  assertEquals(faults(eip('"yes"')), ['4 error spec.disable: must be true or false, not "yes"']);
});

Deno.test("merge keys work as they do for kubectl", () => {
  const text =
    `x: &base {address: 10.0.0.1}\napiVersion: network.kubesphere.io/v1alpha1\nkind: Eip\nmetadata: {name: a}\nspec:\n  <<: *base\n  disable: true\n`;
  const noun = only(text).entries[0]?.noun;
  assert(noun?.kind === "Eip");
  assertEquals([noun.object.spec.address, noun.object.spec.disable], ["10.0.0.1", true]);
});

Deno.test("aliases without bound, endless nesting and forged prototypes end in a fault or nothing", () => {
  const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
  for (let i = 1; i < 9; i++) {
    const [from, to] = [String.fromCharCode(96 + i), String.fromCharCode(97 + i)];
    bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(",")}]`);
  }
  assertEquals(faults(bomb.join("\n")), [
    "1 error : uses aliases too often, or one that is not there",
  ]);
  for (const text of ["[", "- ", "{a: ", "? "]) {
    const told = faults(text.repeat(20_000));
    assertEquals(told[0], "1 error : is nested too deeply", text);
    assert(told.length <= 5, text);
  }
  const deep = `${"[".repeat(200)}${"]".repeat(200)}`;
  assertEquals(faults(`apiVersion: v1\nkind: Node\nmetadata: {name: a}\nx: ${deep}\n`), [
    "1 error : is nested more than 100 levels deep",
  ]);
  readDocument(`__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}\n${node("a")}`);
  assertEquals(({} as Record<string, unknown>).polluted, undefined);
  assert(faults("&a [*a]").length > 0);
});
