/**
 * Prometheus alert rules over porter's metrics (docs/observe.md), as data and as the two files that
 * are made of them: a rule file, and the same as a PrometheusRule for the Prometheus operator.
 *
 * @module
 */

import { stringify } from "yaml";

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "critical" | "warning" | "info" };
  readonly annotations: { readonly summary: string; readonly description: string };
}

function alert(
  name: string,
  severity: Alert["labels"]["severity"],
  expr: string,
  hold: string,
  [summary, description]: readonly [summary: string, description: string],
): Alert {
  return {
    alert: name,
    expr,
    for: hold,
    labels: { severity },
    annotations: { summary, description },
  };
}

/** The rules. What they say names the command to run next. */
export const alerts: readonly Alert[] = [
  alert("PorterManagerAbsent", "critical", "absent(porter_leader)", "2m", [
    "No porter manager is scraped",
    "Routes stay in the leaf switches only while a manager holds its sessions: " +
    "look at the pods porter-manager.",
  ]),
  alert("PorterNoLeader", "critical", "sum(porter_leader) == 0", "1m", [
    "No porter manager leads",
    "What is announced stays announced, but no Service gets an address: " +
    "look at the Lease porter-manager and at /readyz of the managers.",
  ]),
  alert("PorterSessionDown", "critical", "porter_bgp_session_up == 0", "2m", [
    "The BGP session with BgpPeer {{ $labels.peer }} is down",
    "porter peers, on {{ $labels.instance }}, says why.",
  ]),
  alert(
    "PorterSessionFlapping",
    "warning",
    "increase(porter_bgp_session_flaps_total[15m]) >= 3",
    "0m",
    [
      "The BGP session with BgpPeer {{ $labels.peer }} comes and goes",
      "porter peers, on {{ $labels.instance }}, says how it last ended.",
    ],
  ),
  alert("PorterBfdDown", "warning", "porter_bfd_session_up == 0", "2m", [
    "The BFD session with BgpPeer {{ $labels.peer }} is not up",
    "BGP may be up without it, and a loss is noticed late: porter peers -o wide, and docs/bfd.md.",
  ]),
  alert(
    "PorterNodeUnreachable",
    "warning",
    'max by (family) (porter_nodes{state="Unreachable"}) > 0',
    "1m",
    [
      "BFD has lost {{ $value }} nodes, which are no next hops",
      "porter nodes says which: look at the node, its agent, and UDP port 7784.",
    ],
  ),
  alert(
    "PorterRoutesNotSent",
    "warning",
    "porter_bgp_prefixes_sent < porter_bgp_prefixes_wanted",
    "2m",
    [
      "BgpPeer {{ $labels.peer }} was not told all prefixes",
      "porter_bgp_prefixes_held_back says how many its cap keeps back; else it reads too slowly.",
    ],
  ),
  alert("PorterBrakeHolds", "warning", "porter_brake_held_routes > 0", "0m", [
    "The brake on {{ $labels.instance }} holds {{ $value }} routes that would have been withdrawn",
    "They stay announced until the change is undone or released: porter brake says which they are.",
  ]),
  alert(
    "PorterPoolExhausted",
    "critical",
    "porter_pool_exhausted == 1 and porter_pool_open == 1",
    "5m",
    [
      "Eip {{ $labels.pool }} has nothing more to hand out",
      "Make it larger or add another one; porter eips says who has what.",
    ],
  ),
  alert(
    "PorterPoolNearlyExhausted",
    "warning",
    "porter_pool_in_use / (porter_pool_size > 0) > 0.9 and porter_pool_exhausted == 0",
    "15m",
    [
      "More than 90% of Eip {{ $labels.pool }} are in use",
      "Make it larger or add another one before it is exhausted.",
    ],
  ),
  alert("PorterServicesPending", "warning", 'porter_services{state="pending"} > 0', "5m", [
    "{{ $value }} Services have no address: {{ $labels.reason }}",
    "porter explain NAMESPACE/NAME says why, for each.",
  ]),
  alert("PorterEipSingleNextHop", "info", "porter_eip_next_hops == 1", "30m", [
    "EIP {{ $labels.eip }} is reached through one node only",
    "That node's failure takes it down; porter eips says why the others are out.",
  ]),
  alert("PorterObjectFaults", "warning", 'porter_object_faults{severity="error"} > 0', "5m", [
    "{{ $value }} faults in objects that porter reads",
    "The last good version of each stays in force; porter plan or the log names field and line.",
  ]),
  alert(
    "PorterSlowUpdates",
    "warning",
    "histogram_quantile(0.99, sum by (le, instance) (rate(porter_change_to_update_seconds_bucket[10m]))) > 1",
    "10m",
    [
      "Changes take more than a second to reach the leaf switches",
      "A leaf that reads slowly, an API server that writes slowly, or a manager without CPU.",
    ],
  ),
  alert(
    "PorterHostStateMissing",
    "critical",
    "porter_host_eips_present < porter_host_eips_wanted",
    "2m",
    [
      "A node does not take in all EIPs: {{ $labels.instance }}",
      "Packets for them may loop between node and leaf; the agent's /readyz and log say why.",
    ],
  ),
  alert("PorterHostRepaired", "warning", "increase(porter_host_repairs_total[15m]) >= 3", "0m", [
    "Somebody keeps changing porter's routes or rules on {{ $labels.instance }}",
    "Another agent, a firewall's reload or a network daemon: ip monitor route and nft monitor show it.",
  ]),
];

const head = "# Made by scripts/manifests.ts from scripts/monitoring/alerts.ts. Change that.\n";

/** The rule file for `rule_files`. */
export function alertFile(): string {
  return head + yaml(groups());
}

/** The same for the Prometheus operator. */
export function alertObject(): string {
  return head + yaml({
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: {
      name: "porter",
      namespace: "porter-system",
      labels: { "app.kubernetes.io/name": "porter" },
    },
    spec: groups(),
  });
}

function groups(): unknown {
  return { groups: [{ name: "porter", rules: alerts }] };
}

function yaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
