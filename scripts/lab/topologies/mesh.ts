/**
 * A BGP daemon of somebody else on a machine of porter's, as Calico's BIRD: one session of iBGP on port 179.
 *
 * @module
 */

/** One end of the session. */
export interface MeshSpec {
  /** The machine that it runs on. */
  readonly role: string;
  readonly own: string;
  readonly other: string;
  /** The network that it tells the other. */
  readonly pods: string;
  /** It lets the other call. */
  readonly waits: boolean;
}

const as = 64512;

/** Writes bird.conf. */
export function meshText({ own, other, pods, waits }: MeshSpec): string {
  const channel = own.includes(":") ? "ipv6" : "ipv4";
  // Of no meaning, but there must be one, and none is to be had of an IPv6 address.
  const id = channel === "ipv4" ? own : `172.30.255.${waits ? 8 : 9}`;
  return `log stderr all;
router id ${id};

protocol device { }
protocol static { ${channel}; route ${pods} blackhole; }
protocol bgp mesh {
  local ${own} as ${as};
  neighbor ${other} as ${as};
  direct;
  ${waits ? "passive" : "connect delay time 1; connect retry time 1"};
  ${channel} { import all; export all; };
}
`;
}
