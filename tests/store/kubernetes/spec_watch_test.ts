/** Which objects are read when only metadata is watched. */

import { assertEquals, assertRejects } from "@std/assert";
import type { RequestOptions, RestClient } from "../../../lib/store/mod.ts";
import { ConnectionError } from "../../../lib/store/kubernetes/errors.ts";
import { type Raw, record } from "../../../lib/store/kubernetes/raw.ts";
import { resources } from "../../../lib/store/kubernetes/resources.ts";
import { SpecWatch } from "../../../lib/store/kubernetes/spec_watch.ts";

const eip = (generation: number, uid = "a"): Raw => ({
  metadata: { name: "edge", uid, generation, resourceVersion: `${generation}` },
  spec: { address: `203.0.113.${generation}` },
  status: { used: { "203.0.113.1": "shop/web" } },
});
const metadata = ({ metadata }: Raw): Raw => ({ kind: "PartialObjectMetadata", metadata });
const modified = (raw: Raw) => ({ type: "MODIFIED" as const, object: metadata(raw) });

function bench(answer: () => readonly Raw[]) {
  const asked: string[] = [];
  const performRequest = ({ path, querystring }: RequestOptions): Promise<unknown> => {
    asked.push(`${path}?${querystring}`);
    try {
      return Promise.resolve({ items: answer() });
    } catch (thrown) {
      return Promise.reject(thrown);
    }
  };
  const { signal } = new AbortController();
  const client = { performRequest } as RestClient;
  return { asked, specs: new SpecWatch({ resource: resources.Eip, client, signal }) };
}

Deno.test("an object is read when its spec is another one, or it is another object, and not else", async () => {
  let now: readonly Raw[] = [eip(2)];
  const { asked, specs } = bench(() => now);
  assertEquals(specs.listed([eip(1)]), [{ ...eip(1), status: {} }]);
  assertEquals(await specs.changes([modified(eip(1)), modified(eip(1))]), []);
  assertEquals(asked, []);
  const changed = await specs.changes([modified(eip(2)), modified(eip(2))]);
  assertEquals(changed, [{ type: "MODIFIED", object: { ...eip(2), status: {} } }]);
  assertEquals(asked, [
    "/apis/network.kubesphere.io/v1alpha1/eips?fieldSelector=metadata.name%3Dedge" +
    "&resourceVersion=2&resourceVersionMatch=NotOlderThan",
  ]);
  now = [eip(1, "b")];
  const gone = { type: "DELETED" as const, object: metadata(eip(2)) };
  const again = await specs.changes([gone, modified(eip(1, "b"))]);
  assertEquals(again.map(({ type }) => type), ["DELETED", "MODIFIED"]);
  assertEquals(asked.length, 2);
});

Deno.test("labels and annotations count, though they are no new generation", async () => {
  const named = (field: string): Raw => {
    const { metadata, ...rest } = eip(1);
    return { ...rest, metadata: { ...record(metadata), [field]: { tier: "gold" } } };
  };
  for (const field of ["labels", "annotations"]) {
    const { specs } = bench(() => [named(field)]);
    specs.listed([eip(1)]);
    const changed = await specs.changes([modified(named(field)), modified(named(field))]);
    assertEquals(changed, [{ type: "MODIFIED", object: { ...named(field), status: {} } }], field);
  }
});

Deno.test("an object that is gone before it is read is left to its deletion, a failed read is tried again", async () => {
  let fails = true;
  const { asked, specs } = bench(() => {
    if (fails) throw new ConnectionError("nobody answers");
    return [];
  });
  await assertRejects(() => specs.changes([modified(eip(1))]));
  fails = false;
  assertEquals(await specs.changes([modified(eip(1))]), []);
  assertEquals(asked.length, 2);
});

Deno.test("a read that fails loses nothing of what was read before it in the same piece", async () => {
  const other = (generation: number): Raw => {
    const { metadata, ...rest } = eip(generation);
    return { ...rest, metadata: { ...record(metadata), name: "core", uid: "c" } };
  };
  const answers = [[eip(2)], undefined, [eip(2)], [other(2)]];
  const { specs } = bench(() => {
    const answer = answers.shift();
    if (answer === undefined) throw new ConnectionError("nobody answers");
    return answer;
  });
  specs.listed([eip(1), other(1)]);
  const events = [modified(eip(2)), modified(other(2))];
  await assertRejects(() => specs.changes(events));
  const changed = await specs.changes(events);
  assertEquals(changed.map(({ object }) => object["spec"]), [eip(2)["spec"], other(2)["spec"]]);
});
