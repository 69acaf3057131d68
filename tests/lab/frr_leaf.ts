/**
 * FRR with bgpd and bfdd as the leaf, for tests of BFD.
 *
 * @module
 */

import { type Lab, until } from "../../scripts/lab/mod.ts";

/** Where Debian has the daemons; only vtysh is on PATH. */
const daemons = "/usr/lib/frr";

/** A session as `show bfd peers json` has it. */
export interface FrrBfdPeer {
  readonly peer: string;
  readonly status: string;
  readonly "receive-interval": number;
  readonly "remote-transmit-interval": number;
  readonly "remote-detect-multiplier": number;
}

/** A running FRR. */
export interface FrrLeaf {
  /** One command of vtysh. */
  ask(command: string): Promise<string>;
  /** Lines of configuration. */
  configure(...lines: readonly string[]): Promise<void>;
  bfdPeers(): Promise<readonly FrrBfdPeer[]>;
  /** The next hops of a prefix in FRR's own table. */
  nextHops(prefix: string): Promise<readonly string[]>;
}

/** Starts FRR in the leaf's namespace: one peer that it waits for, watched with BFD at 100 ms x 3. */
export async function startFrr(
  lab: Lab,
  options: { readonly as: number; readonly peerAs: number; readonly peer: string },
): Promise<FrrLeaf> {
  const { as, peerAs, peer } = options;
  const folder = `${lab.folder}/frr`;
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/zebra.conf`, "");
  await Deno.writeTextFile(
    `${folder}/bfdd.conf`,
    `bfd
 profile fast
  transmit-interval 100
  receive-interval 100
 !
!
`,
  );
  await Deno.writeTextFile(
    `${folder}/bgpd.conf`,
    `router bgp ${as}
 no bgp ebgp-requires-policy
 neighbor ${peer} remote-as ${peerAs}
 neighbor ${peer} bfd
 neighbor ${peer} bfd profile fast
!
`,
  );
  // The daemons give up root for the user frr before they write here.
  await lab.must("leaf", ["chown", "-R", "frr:frr", folder]);
  const vtysh = (...commands: readonly string[]) =>
    lab.must("leaf", [
      "sh",
      "-c",
      'cd "$0" && exec vtysh --vty_socket . "$@"',
      folder,
      ...commands.flatMap((command) => ["-c", command]),
    ]);
  for (const name of ["zebra", "bfdd", "bgpd"]) {
    const own = name === "bfdd" ? ["--bfdctl", "bfdd.ctl"] : [];
    const log = ["--log", "stdout"];
    lab.spawn("leaf", name, [
      ...[`${daemons}/${name}`, "-u", "frr", "-g", "frr", "-f", `${name}.conf`, ...own, ...log],
      ...["--vty_socket", ".", "-z", "zserv.api", "-i", `${name}.pid`, "-P", "0"],
    ], { cwd: folder });
    await until(
      `${name} answers`,
      () =>
        vtysh(name === "bfdd" ? "show bfd peers" : "show version").then(
          (text) => !/failed to connect/.test(text),
          () => false,
        ),
      { signal: lab.signal },
    );
  }
  return {
    ask: (command) => vtysh(command),
    configure: async (...lines) => void await vtysh("configure terminal", ...lines),
    bfdPeers: async () => JSON.parse(await vtysh("show bfd peers json")) as FrrBfdPeer[],
    nextHops: async (prefix) => {
      const { paths = [] } = JSON.parse(await vtysh(`show bgp ipv4 unicast ${prefix} json`)) as {
        readonly paths?: readonly { readonly nexthops: readonly { readonly ip: string }[] }[];
      };
      return paths.flatMap(({ nexthops }) => nexthops.map(({ ip }) => ip)).sort();
    },
  };
}
