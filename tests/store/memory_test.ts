/**
 * The store in memory against the contract.
 *
 * @module
 */

import { assert } from "@std/assert";
import { openMemoryStore } from "../../lib/store/mod.ts";
import { storeContract, storeContractSize } from "../contract/store_contract.ts";

const reason = "memory ends with the process";

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
  skip: [
    { test: "keeps a patch over a restart", reason },
    { test: "to everybody who opened the same world", reason },
  ],
});

Deno.test("the contract of stores has its cases", () => {
  assert(storeContractSize() >= 23);
});
