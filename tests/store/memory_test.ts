/**
 * The store in memory against the contract.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { openMemoryStore } from "../../lib/store/mod.ts";
import { storeContract, storeContractSize } from "../contract/store_contract.ts";

const reason = "memory ends with the store";

/** What one store was given, another one has not. */
function prove(): Promise<void> {
  const eip = {
    apiVersion: "network.kubesphere.io/v1alpha1",
    kind: "Eip",
    metadata: { name: "pool" },
    spec: { address: "203.0.113.1" },
  };
  assertEquals(openMemoryStore([eip]).snapshot().eips.length, 1);
  assertEquals(openMemoryStore().snapshot().eips.length, 0);
  return Promise.resolve();
}

storeContract("a memory store", {
  open: (raws) => {
    const store = openMemoryStore(raws);
    return Promise.resolve({
      store,
      setObjects: (now) => Promise.resolve(store.setObjects(now)),
      reopen: () => Promise.reject(new Error(reason)),
      close: () => store.close(),
    });
  },
  instead: [
    { test: "keeps a patch over a restart", reason, prove },
    { test: "to everybody who opened the same world", reason, prove },
  ],
});

Deno.test("the contract of stores has its cases", () => {
  assert(storeContractSize() >= 23);
});
