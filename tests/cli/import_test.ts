import { assert, assertEquals, assertThrows } from "@std/assert";
import { Failure } from "../../lib/cli/failure.ts";
import { objectsIn } from "../../lib/cli/import.ts";
import { migrate } from "../../lib/migrate/mod.ts";

/** What is said of a text that cannot be read. */
function complaint(text: string): string {
  const thrown = assertThrows(() => objectsIn(text, "file"));
  assert(thrown instanceof Failure, `threw ${thrown}`);
  return thrown.message;
}

Deno.test("a key that is a mapping or a list is refused before it is made text of", () => {
  assertEquals(
    complaint("kind: a\n? {b: c}\n: d\n"),
    "Cannot read file:2: a key must be plain text",
  );
  assertEquals(complaint("? ".repeat(400)), "Cannot read file:1: a key must be plain text");
  assertEquals(objectsIn("1: a\ntrue: b\n", "file"), [{ 1: "a", true: "b" }]);
  assertEquals(objectsIn("a: &x {b: 1}\nc: {<<: *x}\n", "file"), [{ a: { b: 1 }, c: { b: 1 } }]);
});

Deno.test("text that is nested too deeply for the parser is told, not an exception of its own", () => {
  assertEquals(complaint("[".repeat(20_000)), "Cannot read file:1: it is nested too deeply");
});

Deno.test("a field that did not come along is told with its path, however deep it is", () => {
  const depth = 400;
  const spec = `${"[7, ".repeat(depth)}${"]".repeat(depth)}`;
  const { notes } = migrate(objectsIn(`kind: Lamp\nmetadata: {name: a}\nspec: ${spec}\n`, "file"));
  assertEquals(notes.length, depth);
  assertEquals(notes[0]?.field, "spec[0]");
  assertEquals(notes.at(-1)?.field, `spec${"[1]".repeat(depth - 1)}[0]`);
});
