/**
 * The CRDs in crds/ against the schemas, and the samples against the door.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parse } from "yaml";
import { formatFault } from "../../lib/objects/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import { openDirectoryStore } from "../../lib/store/mod.ts";
import { systemClock } from "../../lib/system/mod.ts";
import { crdDrift, crdFiles } from "../../scripts/crds.ts";
import { fromFileUrl } from "../../scripts/files.ts";

const root = new URL("../../", import.meta.url);

Deno.test("the CRDs in crds/ are what the schemas say", async () => {
  assertEquals(await crdDrift(new URL("crds/", root)), []);
});

Deno.test("a CRD that was changed by hand, is missing or is of no schema is told", async () => {
  const folder = await Deno.makeTempDir();
  const [first, second] = crdFiles();
  assert(first !== undefined && second !== undefined);
  for (const [name, text] of crdFiles()) {
    if (name !== first[0]) await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  await Deno.writeTextFile(`${folder}/${second[0]}`, `${second[1]}# changed\n`);
  await Deno.writeTextFile(`${folder}/stray.yaml`, "");
  assertEquals(
    (await crdDrift(new URL(`file://${folder}/`))).sort(),
    [
      `crds/${first[0]} is missing`,
      `crds/${second[0]} is not what the schemas say`,
      "crds/stray.yaml has no schema",
    ].sort(),
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the CRDs have the names, the scope and the fields of 2020", () => {
  const fields: Record<string, string[]> = {
    Eip: ["address", "protocol", "disable", "usingKnownIPs"],
    BgpConf: ["as", "routerID", "port"],
    BgpPeer: ["config", "addPaths", "transport", "usingPortForward"],
  };
  const crds = [...crdFiles().values()].map((text) => parse(text));
  assertEquals(crds.map(({ metadata }) => metadata.name), [
    "eips.network.kubesphere.io",
    "bgpconfs.network.kubesphere.io",
    "bgppeers.network.kubesphere.io",
  ]);
  for (const { spec } of crds) {
    assertEquals([spec.scope, spec.names.categories], ["Cluster", ["ksnet"]]);
    assertEquals(spec.versions.length, 1);
    const [{ name, served, storage, subresources, schema, additionalPrinterColumns }] =
      spec.versions;
    assertEquals([name, served, storage, subresources], ["v1alpha1", true, true, { status: {} }]);
    const { properties } = schema.openAPIV3Schema;
    for (const field of fields[spec.names.kind] ?? []) {
      assert(Object.hasOwn(properties.spec.properties, field), `${spec.names.kind} ${field}`);
    }
    assert(Object.hasOwn(properties.status.properties, "conditions"));
    if (spec.names.kind === "Eip") {
      const names = additionalPrinterColumns.map((each: { name: string }) => each.name);
      assertEquals(names.slice(0, 3), ["cidr", "usage", "total"]);
    }
  }
});

Deno.test("the schemas are structural: every part has a type, and none lets every field in", () => {
  let looked = 0;
  const look = (schema: Record<string, unknown>): void => {
    looked++;
    assertEquals(typeof schema.type, "string", JSON.stringify(schema));
    for (const word of ["anyOf", "oneOf", "allOf", "$ref", "nullable"]) {
      assert(!Object.hasOwn(schema, word), `${word} in ${JSON.stringify(schema)}`);
    }
    const { properties, additionalProperties, items } = schema as Record<
      string,
      Record<string, unknown>
    >;
    assert(properties === undefined || additionalProperties === undefined);
    const parts = [...Object.values(properties ?? {}), additionalProperties, items];
    for (const part of parts) if (part !== undefined) look(part as Record<string, unknown>);
  };
  for (const text of crdFiles().values()) look(parse(text).spec.versions[0].schema.openAPIV3Schema);
  assert(looked > 50);
});

Deno.test("the samples are read without a word", async () => {
  const directory = fromFileUrl(new URL("manifests/samples", root));
  const store = await openDirectoryStore({ directory, clock: systemClock, log: silentLog });
  await store.close();
  const { faults, eips, bgpConfs, bgpPeers, services } = store.snapshot();
  assertEquals(faults.map(formatFault), []);
  assertEquals([eips, bgpConfs, bgpPeers, services].map((each) => each.length), [3, 1, 2, 3]);
  assertEquals(services.map(({ optIn }) => optIn).sort(), ["annotation", "annotation", "class"]);
  assertEquals(services.map(({ requested }) => requested?.text), [
    "203.0.113.41",
    "203.0.113.40",
    undefined,
  ]);
});

Deno.test("kubectl explain has a sentence for every field", () => {
  interface Schema {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
  }
  const bare: string[] = [];
  let seen = 0;
  const look = (schema: Schema, path: string): void => {
    for (const [name, each] of Object.entries(schema.properties ?? {})) {
      seen++;
      if (!/^\S.*[.]$/.test(each.description ?? "")) bare.push(`${path}.${name}`);
      look(each, `${path}.${name}`);
      if (each.items !== undefined) look(each.items, `${path}.${name}[]`);
    }
  };
  for (const text of crdFiles().values()) {
    const { spec } = parse(text);
    look(spec.versions[0].schema.openAPIV3Schema, spec.names.kind);
  }
  assertEquals(bare, []);
  assert(seen > 60, `${seen} fields`);
});
