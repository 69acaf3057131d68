/**
 * A router's part as BIRD 2 loads it.
 *
 * @module
 */

import { type Neighbor, poolPrefix, poolPrefix6, type RouterSpec } from "./router_spec.ts";

/** Writes bird.conf. */
export function birdText(spec: RouterSpec): string {
  const { managers, agents, neighbors = [], networks = [], family = 4 } = spec;
  const channel = family === 4 ? "ipv4" : "ipv6";
  const hearsEips = managers !== undefined || agents !== undefined ||
    neighbors.some((each) => each.is === "reflector");
  const blocks = [
    head(spec),
    ...(hearsEips ? [filterText(family)] : []),
    ...(managers === undefined ? [] : [managersText(spec.as, managers, channel)]),
    ...(agents?.bfd === true ? [bfdText] : []),
    ...(agents === undefined ? [] : [agentsText(spec.as, agents, channel)]),
    ...neighbors.map((each) => neighborText(spec, each, networks)),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** Recursive next hops of iBGP, and networks that are told, need the connected routes in the table. */
function head({ id, family = 4 }: RouterSpec): string {
  return `log stderr all;
router id ${id};

protocol device { }
protocol direct { ipv${family}; }
protocol kernel {
  merge paths on limit 16;    # ECMP
  ipv${family} { import none; export where source = RTS_BGP; };
}`;
}

const filterText = (family: 4 | 6) =>
  `filter porter {
  if net !~ [ ${family === 4 ? `${poolPrefix}{32,32}` : `${poolPrefix6}{128,128}`} ] then reject;
  if (65535, 0) ~ bgp_community then bgp_local_pref = 0;    # GRACEFUL_SHUTDOWN, RFC 8326
  accept;
}`;

const bfdText = `protocol bfd { interface "*" { interval 100 ms; multiplier 3; }; }`;

function managersText(
  as: number,
  managers: NonNullable<RouterSpec["managers"]>,
  channel: string,
): string {
  const internal = managers.as === as;
  const sessions = managers.addresses.map((address, index) =>
    `protocol bgp manager${index + 1} from managers { neighbor ${address} port ${managers.port} ` +
    `as ${managers.as}; }`
  );
  return `template bgp managers {
  local as ${as};
  ${internal ? "rr client" : "direct"};
  connect retry time 5;
  error wait time 1, 10;
  ${channel} { add paths rx; import filter porter; export none; };
}
${sessions.join("\n")}`;
}

function agentsText(
  as: number,
  agents: NonNullable<RouterSpec["agents"]>,
  channel: string,
): string {
  return agents.as.map((nodeAs, index) => {
    const name = agents.as.length === 1 ? "node" : `rack${index + 1}_node`;
    return `protocol bgp ${name}s {
  local as ${as};
  neighbor range ${agents.range} as ${nodeAs};
  dynamic name "${name}";
  direct;${agents.bfd === true ? "\n  bfd on;" : ""}
  error wait time 1, 10;    # a node that was away is let in again; by default after a minute
  ${channel} { import filter porter; export none; };
}`;
  }).join("\n\n");
}

function neighborText(
  { as, family = 4 }: RouterSpec,
  neighbor: Neighbor,
  networks: readonly string[],
): string {
  // Not the link-local one that comes with it (RFC 2545): what the kernel has is what was told.
  const global = family === 4 ? "" : "next hop prefer global; ";
  const channel = {
    external: `${global}import all; export ${exported(networks)}; next hop self;`,
    reflector: "add paths rx; import filter porter; export none;",
    client: "add paths tx; import none; export where source = RTS_BGP;",
  }[neighbor.is];
  const way = { external: "direct;\n  check link yes;", reflector: "", client: "rr client;" };
  const lines = [
    `local as ${as};`,
    `neighbor ${neighbor.address} as ${neighbor.as};`,
    way[neighbor.is],
    "connect retry time 5;",
    "error wait time 1, 10;",
    `ipv${family} { ${channel} };`,
  ].filter((line) => line !== "");
  return `protocol bgp ${neighbor.name} {\n  ${lines.join("\n  ")}\n}`;
}

function exported(networks: readonly string[]): string {
  const own = networks.length === 0 ? "" : ` || net ~ [ ${networks.join(", ")} ]`;
  return `where source = RTS_BGP${own}`;
}
