/**
 * What only a directory does: files of every kind, watched, broken, moved and switched.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { formatFault, type Snapshot } from "../../../lib/objects/mod.ts";
import { silentLog, type Store } from "../../../lib/ports/mod.ts";
import { openDirectoryStore } from "../../../lib/store/mod.ts";
import { systemClock } from "../../../lib/system/mod.ts";
import { rawEip, rawService, until } from "../../contract/store_contract.ts";
import { Rig, yamlOf } from "./support.ts";

function names({ services }: Snapshot): string {
  return services.map(({ ref }) => ref.name).join(" ");
}

function becomes(store: Store, expected: string): Promise<Snapshot> {
  return until(store, `the Services are "${expected}"`, (now) => names(now) === expected);
}

/** The faults without the directory's name. */
function faults(rig: Rig, snapshot: Snapshot): string[] {
  return snapshot.faults.map((each) => formatFault(each).replaceAll(`${rig.directory}/`, ""));
}

Deno.test("a directory is read with all below it, YAML and JSON, without what is hidden or spare", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("a1"), rawService("a2")]);
  await rig.put("deep/er/b.yml", [rawService("b")]);
  const list = { apiVersion: "v1", kind: "List", items: [rawService("c1"), rawService("c2")] };
  await rig.put("c.json", JSON.stringify(list));
  for (
    const name of [".hidden.yaml", ".git/x.yaml", "d.yaml~", "#d.yaml#", "d.yaml.swp", "d.txt"]
  ) {
    await rig.put(name, [rawService("spare")]);
  }
  await Deno.mkdir(rig.path("folder.yaml"));
  const store = await rig.open();
  assertEquals(names(store.snapshot()), "a1 a2 b c1 c2");
  assertEquals(store.snapshot().faults, []);
});

Deno.test("a pipe among the manifests is not opened", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("a")]);
  const made = await new Deno.Command("mkfifo", { args: [rig.path("pipe.yaml")] }).output();
  assert(made.success);
  const store = await rig.open();
  assertEquals(names(store.snapshot()), "a");
});

Deno.test("files that come, change, are renamed and go are followed", async () => {
  await using rig = await Rig.make();
  const store = await rig.open();
  assertEquals(names(store.snapshot()), "");
  await rig.put("a.yaml", [rawService("a")]);
  const first = await becomes(store, "a");
  await Deno.writeTextFile(rig.path("b.yaml"), yamlOf([rawService("b")]));
  await becomes(store, "a b");
  await Deno.rename(rig.path("a.yaml"), rig.path("z.yaml"));
  await rig.put("c.yaml", [rawService("c")]);
  const renamed = await becomes(store, "a b c");
  assert(renamed.services[0] === first.services[0], "a renamed file changes no object");
  await Deno.remove(rig.path("z.yaml"));
  await becomes(store, "b c");
});

Deno.test("folders that come with files in them, move and go are followed", async () => {
  await using rig = await Rig.make();
  const elsewhere = await Deno.makeTempDir();
  const store = await rig.open();
  await rig.put("sub/deep/a.yaml", [rawService("a")]);
  await becomes(store, "a");
  await rig.put("sub/deep/b.yaml", [rawService("b")]);
  await becomes(store, "a b");
  await Deno.rename(rig.path("sub"), `${elsewhere}/sub`);
  await becomes(store, "");
  await Deno.rename(`${elsewhere}/sub`, rig.path("back"));
  await becomes(store, "a b");
  await rig.put("back/deep/c.yaml", [rawService("c")]);
  await becomes(store, "a b c");
  await Deno.remove(rig.path("back"), { recursive: true });
  await becomes(store, "");
  await Deno.remove(elsewhere, { recursive: true });
});

Deno.test("the switch of a ConfigMap volume is one change", async () => {
  await using rig = await Rig.make();
  const version = async (name: string, services: readonly unknown[]): Promise<void> => {
    await rig.put(`${name}/objects.yaml`, services);
    await Deno.symlink(name, rig.path("..data_tmp"));
    await Deno.rename(rig.path("..data_tmp"), rig.path("..data"));
  };
  await version("..2026_01", [rawService("a"), rawService("b")]);
  await Deno.symlink("..data/objects.yaml", rig.path("objects.yaml"));
  // The watch must tell: nobody looks at everything for a long time.
  const store = await rig.open({ rescanMs: 600_000 });
  assertEquals(names(store.snapshot()), "a b");
  const seen = new Set<string>();
  store.subscribe(() => seen.add(names(store.snapshot())));
  await version("..2026_02", [rawService("b"), rawService("c")]);
  await becomes(store, "b c");
  assertEquals([...seen], ["b c"]);
});

Deno.test("a file behind a link to somewhere else is found by the slow look", async () => {
  await using rig = await Rig.make();
  const target = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(target, yamlOf([rawService("a")]));
  await Deno.symlink(target, rig.path("a.yaml"));
  const store = await rig.open({ rescanMs: 50 });
  assertEquals(names(store.snapshot()), "a");
  await Deno.writeTextFile(target, yamlOf([rawService("a"), rawService("b")]));
  await becomes(store, "a b");
  await Deno.remove(target);
  await becomes(store, "");
});

Deno.test("a directory that is replaced as a whole is followed, and missing it loses nothing", async () => {
  await using rig = await Rig.make();
  await rig.put("v1/a.yaml", [rawService("a")]);
  const directory = rig.path("v1");
  const store = await rig.open({ directory, rescanMs: 50 });
  await Deno.rename(directory, rig.path("old"));
  const missing = await until(store, "there is a fault", (now) => now.faults.length > 0);
  assertEquals(names(missing), "a");
  assertEquals(faults(rig, missing), [
    "v1: cannot be read: no such file or directory; the last good version of what is in it stays in force",
  ]);
  await rig.put("v2/b.yaml", [rawService("b")]);
  await Deno.rename(rig.path("v2"), directory);
  assertEquals((await becomes(store, "b")).faults, []);
  await Deno.writeTextFile(`${directory}/c.yaml`, yamlOf([rawService("c")]));
  await becomes(store, "b c");
});

Deno.test("a broken file keeps what it had, and the rest of it still counts", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("a"), rawService("b")]);
  await rig.put("z.yaml", [rawEip("edge", "203.0.113.0/24")]);
  const store = await rig.open();
  await rig.put("a.yaml", `${yamlOf([rawService("a"), rawService("c")])}---\nnot: [closed\n`);
  const broken = await becomes(store, "a b c");
  assertEquals(broken.eips.length, 1);
  assertEquals(broken.faults.length > 0, true);
  assertMatch(
    faults(rig, broken)[0] ?? "",
    /^a\.yaml:\d+: is not YAML: .*; the last good version stays in force$/,
  );
  await rig.put("a.yaml", [rawService("a"), rawService("c")]);
  assertEquals((await becomes(store, "a c")).faults, []);
});

Deno.test("a file that is too large, no text, or no file any more keeps what it had", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("a")]);
  const store = await rig.open();
  const spoil: [Uint8Array, string][] = [
    [new Uint8Array([0x61, 0xff, 0xfe]), "is not UTF-8 text"],
    [new Uint8Array(8 * 1024 * 1024 + 1).fill(0x23), "is larger than 8 MiB and is not read"],
  ];
  for (const [bytes, reason] of spoil) {
    await Deno.writeFile(rig.path("a.yaml"), bytes);
    const now = await until(
      store,
      reason,
      (each) => each.faults[0]?.message.startsWith(reason) === true,
    );
    assertEquals(faults(rig, now), [`a.yaml: ${reason}; the last good version stays in force`]);
    assertEquals(names(now), "a");
  }
});

Deno.test("a file that is written slowly, or moved away by its editor first, never loses its objects", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("a")]);
  const store = await rig.open();
  const seen = new Set<string>();
  store.subscribe(() => seen.add(names(store.snapshot())));
  {
    using file = await Deno.open(rig.path("a.yaml"), { write: true, truncate: true });
    // Longer than a change is waited for to settle: the empty file is read.
    await pause(600);
    await file.write(new TextEncoder().encode(yamlOf([rawService("a")])));
    await pause(60);
    await file.write(new TextEncoder().encode("---\n" + yamlOf([rawService("b")])));
  }
  await becomes(store, "a b");
  await Deno.rename(rig.path("a.yaml"), rig.path("a.yaml~"));
  await Deno.writeTextFile(rig.path("a.yaml"), yamlOf([rawService("a"), rawService("c")]));
  await becomes(store, "a c");
  assert(!seen.has(""), [...seen].join(", "));
});

Deno.test("a file that stays empty is believed after a while", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("a")]);
  const store = await rig.open();
  await Deno.truncate(rig.path("a.yaml"), 0);
  assertEquals((await becomes(store, "")).faults, []);
});

Deno.test("of two files with one object the first by name counts, and the fault names both", async () => {
  await using rig = await Rig.make();
  await rig.put("b.yaml", [rawEip("edge", "203.0.113.0/24")]);
  await rig.put("a.yaml", [rawEip("other", "198.51.100.0/24"), rawEip("edge", "192.0.2.0/24")]);
  const store = await rig.open();
  const address = ({ eips }: Snapshot): string | undefined =>
    eips.find(({ ref }) => ref.name === "edge")?.spec.address;
  assertEquals(address(store.snapshot()), "192.0.2.0/24");
  assertEquals(faults(rig, store.snapshot()), [
    "b.yaml:1: Eip edge: is ignored: a.yaml:8 has the same object and is first by name",
  ]);
  await rig.put("a.yaml", [rawEip("other", "198.51.100.0/24")]);
  const now = await until(
    store,
    "the other file counts",
    (each) => address(each) === "203.0.113.0/24",
  );
  assertEquals(now.faults, []);
});

Deno.test("of one object twice in a file the first counts, and the fault names the line", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawEip("edge", "203.0.113.0/24"), rawEip("edge", "192.0.2.0/24")]);
  const store = await rig.open();
  assertEquals(store.snapshot().eips.map(({ spec }) => spec.address), ["203.0.113.0/24"]);
  assertEquals(faults(rig, store.snapshot()), [
    "a.yaml:8: Eip edge: is ignored: line 1 of the same file has Eip edge too",
  ]);
});

Deno.test("faults are told in the order of files and lines", async () => {
  await using rig = await Rig.make();
  await rig.put("b.yaml", [rawEip("b", "999.1.1.1")]);
  await rig.put("a.yaml", "x: 1\n---\ny: 1\n---\n- 1\n");
  const store = await rig.open();
  const places = store.snapshot().faults.map(({ file, line }) => `${file?.slice(-6)}:${line}`);
  assertEquals(places, ["a.yaml:1", "a.yaml:3", "a.yaml:5", "b.yaml:6"]);
});

Deno.test("a directory that is missing, or is a file, is one clear line", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", []);
  const open = (directory: string): Promise<Error> =>
    assertRejects(() => openDirectoryStore({ directory, clock: systemClock, log: silentLog }));
  const missing = await open(rig.path("missing"));
  assertEquals(
    missing.message,
    `Cannot read directory "${rig.path("missing")}": no such directory`,
  );
  const file = await open(rig.path("a.yaml"));
  assertMatch(file.message, /^Cannot read directory ".*a\.yaml": not a directory$/i);
});

Deno.test("opening and reading writes nothing", async () => {
  await using rig = await Rig.make();
  await rig.put("a.yaml", [rawService("a")]);
  const outside = `${rig.directory}-status`;
  const first = await rig.open();
  const second = await rig.open({ statusDirectory: outside });
  await first.close();
  await second.close();
  assertEquals([...Deno.readDirSync(rig.directory)].map(({ name }) => name), ["a.yaml"]);
  await assertRejects(() => Deno.stat(outside));
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
