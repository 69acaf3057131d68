/**
 * The directory store against the contract.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { assignment, rawService, storeContract, until } from "../../contract/store_contract.ts";
import { Rig, yamlOf } from "./support.ts";

storeContract("a directory store", {
  open: async (raws) => {
    const rig = await Rig.make();
    await Deno.writeTextFile(rig.path("objects.yaml"), yamlOf(raws));
    const store = await rig.open();
    return {
      store,
      // Written in place, not moved there: the harder way.
      setObjects: (now) => Deno.writeTextFile(rig.path("objects.yaml"), yamlOf(now)),
      reopen: () => rig.open(),
      close: () => rig[Symbol.asyncDispose](),
    };
  },
  instead: [{
    test: "takes finalizers away",
    reason: "an object of a file is gone when its file is, so it is shown without finalizers",
    prove: async () => {
      await using rig = await Rig.make();
      const metadata = { name: "web", namespace: "shop", finalizers: ["example.com/theirs"] };
      const path = rig.path("objects.yaml");
      await Deno.writeTextFile(path, yamlOf([rawService("web", { metadata })]));
      const store = await rig.open();
      await store.patch([assignment("web", "203.0.113.1")]);
      assertEquals(store.snapshot().services.map(({ finalizers }) => finalizers), [[]]);
      await Deno.remove(path);
      await until(store, "it is gone", ({ services }) => services.length === 0);
    },
  }],
});
