/**
 * The finalizers that the porter of 2020 left on objects. Porter has none of its own: what it must do
 * before an object goes it does when it sees the object go. Left where they are they would keep an
 * object for ever, those of nodes that are gone above all.
 *
 * @module
 */

import type { ObjectMeta } from "./model.ts";
import { optInAnnotation } from "./service.ts";

/** On Services, BgpConfs and BgpPeers. */
const ofManager = "finalizer.lb.kubesphere.io/v1alpha1";

/** On Eips: the manager's, and one of the agent of each node, with the node's name at its end. */
const ofPools = "finalizer.ipam.kubesphere.io/v1alpha1";
const ofAgent = "finalizer.lb.kubesphere.io/";

/** Whether a finalizer on an object of this kind is porter's of 2020. */
export function isOldFinalizer(kind: string, finalizer: string): boolean {
  if (kind === "Eip") return finalizer === ofPools || finalizer.startsWith(ofAgent);
  return finalizer === ofManager;
}

/**
 * The finalizers that shall stay on an object; undefined when none of them is to go. OpenELB, the heir
 * of the porter of 2020, uses the same name: what it opted in is left to it.
 */
export function stayingFinalizers(object: ObjectMeta): readonly string[] | undefined {
  const { finalizers, ref, annotations } = object;
  if (finalizers.length === 0) return undefined;
  const owner = annotations[optInAnnotation] ?? "porter";
  if (ref.kind === "Service" && owner !== "porter" && owner !== "") return undefined;
  const staying = finalizers.filter((each) => !isOldFinalizer(ref.kind, each));
  return staying.length === finalizers.length ? undefined : staying;
}
