import { assert, assertEquals } from "@std/assert";
import { parseObject } from "../../lib/objects/mod.ts";
import { parseAllDocuments } from "yaml";
import { porter } from "../support/porter.ts";

const folder = new URL("../golden/migrate/", import.meta.url);
const cases = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("there is a case for each of the three", () => {
  assertEquals(cases, ["metallb", "openelb", "porter_2020"]);
});

for (const name of cases) {
  const file = (part: string) => new URL(`${name}/${part}`, folder);

  Deno.test(`porter import of ${name} is what is expected`, async () => {
    const { stdout, stderr, code } = await porter([
      "import",
      "--router-id",
      "192.0.2.2",
      file("input.yaml").pathname,
    ]);
    if (Deno.env.get("PORTER_UPDATE") === "1") {
      await Deno.writeTextFile(file("expected.yaml"), stdout);
      await Deno.writeTextFile(file("notes.txt"), stderr);
    }
    assertEquals(stdout, await Deno.readTextFile(file("expected.yaml")));
    assertEquals(stderr, await Deno.readTextFile(file("notes.txt")));
    assertEquals(code, stderr.includes("not converted") ? 2 : 0);
  });

  Deno.test(`porter reads what became of ${name} without a fault`, async () => {
    const documents = parseAllDocuments(await Deno.readTextFile(file("expected.yaml")));
    assert(!("empty" in documents) && documents.length > 2);
    for (const document of documents) {
      const parsed = parseObject(document.toJS());
      assert(parsed.ok, parsed.ok ? "" : JSON.stringify(parsed.error));
      assert(parsed.value.kind !== "Ignored");
      assertEquals(parsed.value.warnings, []);
    }
  });
}

Deno.test("a password of the input is printed nowhere", async () => {
  for (const name of ["metallb", "openelb"]) {
    const input = new URL(`${name}/input.yaml`, folder).pathname;
    assert((await Deno.readTextFile(input)).includes("hunter2"));
    const { stdout, stderr } = await porter(["import", input]);
    assert(!`${stdout}${stderr}`.includes("hunter2"), name);
  }
});
