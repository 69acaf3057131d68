/**
 * The guard: the sets, chains and rules of porter's table, in the words of nft(8), and how to see
 * that they are still there.
 *
 * The chain runs after conntrack (-200) and before kube-proxy's DNAT (-100). A new packet to an EIP
 * passes when it is a ping or goes to a port of a Service; anything else is refused before NodePorts
 * or the host's own daemons can be reached through the EIP. It is written fail-closed: a packet too
 * odd to be matched ends at `goto refuse`. Only `ct state new` is looked at: replies to what the
 * node itself sends to an EIP are established, IPv6 neighbour discovery is untracked.
 *
 * Each rule carries the comment "porter HASH N", HASH being taken over the whole text. So a rule
 * that was removed, added, moved, rewritten, or is another version's is seen without comparing
 * expressions, which each version of nft prints in its own way.
 *
 * @module
 */

import { hash } from "./hash.ts";
import { tableName } from "./model.ts";

/** A set: its name and the parts of its type. */
export interface RulesetSet {
  readonly name: string;
  readonly type: readonly string[];
}

/** A chain; `base` where it hangs on a hook. */
export interface RulesetChain {
  readonly name: string;
  readonly base?: { readonly hook: string; readonly priority: number };
  readonly rules: readonly string[];
}

/** The sets, in the order they are written. */
export const rulesetSets: readonly RulesetSet[] = [
  { name: "eips4", type: ["ipv4_addr"] },
  { name: "eips6", type: ["ipv6_addr"] },
  { name: "services4", type: ["ipv4_addr", "inet_proto", "inet_service"] },
  { name: "services6", type: ["ipv6_addr", "inet_proto", "inet_service"] },
];

/** The chains, in the order they are written. */
export const rulesetChains: readonly RulesetChain[] = [
  {
    name: "prerouting",
    base: { hook: "prerouting", priority: -110 },
    rules: [
      "ct state new ip daddr @eips4 goto guard4",
      "ct state new ip6 daddr @eips6 goto guard6",
    ],
  },
  {
    name: "guard4",
    rules: [
      "icmp type echo-request accept",
      "ip daddr . meta l4proto . th dport @services4 accept",
      "goto refuse",
    ],
  },
  {
    name: "guard6",
    rules: [
      "icmpv6 type echo-request accept",
      "ip6 daddr . meta l4proto . th dport @services6 accept",
      "goto refuse",
    ],
  },
  {
    name: "refuse",
    rules: [
      "meta l4proto tcp reject with tcp reset",
      "reject with icmpx type port-unreachable",
    ],
  },
];

const rulesetHash = hash(JSON.stringify([rulesetSets, rulesetChains]));

/** The comment of a chain's rule, counted from 0. */
export function ruleComment(chain: string, index: number): string {
  return `${tableName} ${rulesetHash} ${chain} ${index}`;
}

/** The table with empty sets, replacing one that may be there: a transaction's beginning. */
export function renderRuleset(): string {
  const sets = rulesetSets.map((set) => `  set ${set.name} { type ${set.type.join(" . ")}; }`);
  const chains = rulesetChains.flatMap((chain) => [
    `  chain ${chain.name} {`,
    ...(chain.base === undefined ? [] : [
      `    type filter hook ${chain.base.hook} priority ${chain.base.priority}; policy accept;`,
    ]),
    ...chain.rules.map((rule, i) => `    ${rule} comment "${ruleComment(chain.name, i)}"`),
    "  }",
  ]);
  return [
    // The first add makes the delete succeed whether or not the table exists.
    `add table inet ${tableName}`,
    `delete table inet ${tableName}`,
    `table inet ${tableName} {`,
    ...sets,
    ...chains,
    "}",
    "",
  ].join("\n");
}
