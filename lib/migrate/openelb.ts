/**
 * Objects of the porter of 2020 (network.kubesphere.io/v1alpha1, which stay as they are) and of OpenELB
 * (v1alpha2, whose fields were renamed without a conversion).
 *
 * @module
 */

import type { RawObject } from "./model.ts";
import { mappingOf, portableMetadata, present, Reading } from "./reading.ts";

/** The version that porter reads. */
export const porterVersion = "network.kubesphere.io/v1alpha1";

/** Converts one Eip, BgpConf or BgpPeer of either; none when nothing is left of it. */
export function fromOpenelb(reading: Reading): readonly RawObject[] {
  if (reading.raw.apiVersion === porterVersion) return [unchanged(reading)];
  switch (reading.kind) {
    case "Eip":
      return eip(reading);
    case "BgpConf":
      return [bgpConf(reading)];
    default:
      return [bgpPeer(reading)];
  }
}

/** Only what the cluster added goes: the API server of another one would refuse it. */
function unchanged(reading: Reading): RawObject {
  return object(reading, mappingOf(reading.value(["spec"])));
}

function object(reading: Reading, spec: RawObject): RawObject {
  return {
    apiVersion: porterVersion,
    kind: reading.kind,
    metadata: portableMetadata(reading.raw),
    spec,
  };
}

function eip(reading: Reading): readonly RawObject[] {
  const protocol = reading.text("spec", "protocol") ?? "bgp";
  if (protocol !== "bgp") {
    reading.lost(["spec", "protocol"], `${protocol} is not served, only bgp; the pool is left out`);
    reading.value(["spec"]);
    return [];
  }
  const annotations = mappingOf(mappingOf(reading.raw.metadata).annotations);
  const isDefault = annotations["eip.openelb.kubesphere.io/is-default-eip"] === "true";
  const namespaces = reading.texts("spec", "namespaces");
  const labels = reading.mapping("spec", "namespaceSelector");
  const limited = namespaces.length > 0 || labels !== undefined;
  // The default pool served everybody, the others only their namespaces or who named them.
  const limits = isDefault
    ? {}
    : limited
    ? { namespaces, namespaceSelector: labels === undefined ? undefined : { matchLabels: labels } }
    : { autoAssign: false };
  if (limited && !isDefault) {
    reading.check(
      ["spec", "namespaces"],
      "they bind Services that name the pool too, which they did not do there",
    );
  }
  // There 0.6 handed out .0 and .255 whatever the field said.
  reading.value(["spec", "usingKnownIPs"]);
  return [object(
    reading,
    present({
      address: reading.text("spec", "address"),
      protocol,
      disable: reading.flag("spec", "disable"),
      usingKnownIPs: true,
      priority: reading.number("spec", "priority"),
      ...limits,
    }),
  )];
}

function bgpConf(reading: Reading): RawObject {
  const port = reading.number("spec", "listenPort") ?? 0;
  if (port < 0) reading.check(["spec", "listenPort"], "porter always listens; it became 179");
  if (reading.name !== "default") {
    reading.check([], "OpenELB ignored every BgpConf not named default; porter uses the oldest");
  }
  return object(
    reading,
    present({
      as: reading.number("spec", "as"),
      routerID: reading.text("spec", "routerId"),
      port: port > 0 ? port : 179,
    }),
  );
}

function bgpPeer(reading: Reading): RawObject {
  const nodeSelector = reading.mapping("spec", "nodeSelector");
  if (reading.value(["spec", "conf", "authPassword"]) !== undefined) {
    const message = "put it into a Secret and name that in passwordSecretRef";
    reading.lost(["spec", "conf", "authPassword"], message);
  }
  const sendMax = reading.list("spec", "afiSafis")
    .map((_, at) => reading.number("spec", "afiSafis", at, "addPaths", "config", "sendMax"))
    .find((each) => each !== undefined);
  for (const [at] of reading.list("spec", "afiSafis").entries()) {
    // Which families are said is agreed on with the peer.
    reading.value(["spec", "afiSafis", at, "config"]);
  }
  return object(
    reading,
    present({
      config: present({
        peerAs: reading.number("spec", "conf", "peerAs"),
        neighborAddress: reading.text("spec", "conf", "neighborAddress") ??
          reading.text("spec", "transport", "remoteAddress"),
      }),
      addPaths: present({ sendMax }),
      transport: present({
        passiveMode: reading.flag("spec", "transport", "passiveMode"),
        remotePort: reading.number("spec", "transport", "remotePort"),
        ebgpMultiHop: multihop(reading),
      }),
      timers: present({
        holdTime: reading.number("spec", "timers", "config", "holdTime"),
        connectRetry: reading.number("spec", "timers", "config", "connectRetry"),
      }),
      // Every node of OpenELB speaks for itself.
      speakers: present({ type: "Agents", nodeSelector }),
    }),
  );
}

/** The TTL, where multihop is on. */
function multihop(reading: Reading): number | undefined {
  const enabled = reading.flag("spec", "ebgpMultihop", "enabled");
  const ttl = reading.number("spec", "ebgpMultihop", "multihopTtl");
  return enabled === true ? ttl ?? 255 : undefined;
}
