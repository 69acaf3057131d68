/**
 * The directory store against the contract.
 *
 * @module
 */

import { storeContract } from "../../contract/store_contract.ts";
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
});
