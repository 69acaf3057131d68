/**
 * The Kubernetes store against the contract, on a real API server.
 *
 * @module
 */

import { storeContract } from "../contract/store_contract.ts";
import { sharedCluster } from "./shared_cluster.ts";
import { prepare, StoreRig } from "./store_rig.ts";

const cluster = sharedCluster(prepare);

storeContract("a Kubernetes store", {
  open: async (raws) => {
    const rig = new StoreRig(cluster());
    // What an earlier case was told of objects goes with them.
    await rig.setObjects([]);
    await rig.setObjects(raws);
    const store = await rig.open();
    return {
      store,
      setObjects: (now) => rig.setObjects(now),
      reopen: () => rig.open(),
      close: () => rig[Symbol.asyncDispose](),
    };
  },
  skip: [
    {
      test: "keeps the last good version of a broken object",
      reason: "an API server takes no broken Service; store_test.ts does it with an Eip",
    },
    {
      test: "tells of misspelt fields",
      reason: "an API server drops the fields that it does not know",
    },
  ],
});
