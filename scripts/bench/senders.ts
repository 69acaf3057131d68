/**
 * Who can send a table to the leaf: each is started in the namespace "sender", has its routes, and
 * then waits for the leaf to connect.
 *
 * @module
 */

import { type Lab, type Process, until } from "../lab/mod.ts";
import { asNumbers, ends } from "./leaf.ts";

/** A sender that waits for the leaf. */
export interface Sender {
  readonly process: Process;
  /** When it was told its routes, for one that is told while the session is up. */
  readonly started?: () => Promise<number>;
}

/** Starts a sender with so many routes and waits until it has them. */
export type StartSender = (lab: Lab, routes: number) => Promise<Sender>;

/** All of them. */
export const senders = {
  /** A bare program with prepared bytes: the yardstick. */
  bare: (lab, routes) => script(lab, "send_bare.ts", ["listen", `${routes}`]),
  /** Porter's speaker; time runs from the session. */
  porter: (lab, routes) => script(lab, "send_porter.ts", ["before", `${routes}`]),
  /** Porter's speaker; time runs from `setRoutes`, with the session up. */
  "porter-live": async (lab, routes) => {
    const sender = await script(lab, "send_porter.ts", ["live", `${routes}`]);
    const started = async () => Number((await sender.process.says(/^start (\d+)$/m, 30_000))[1]);
    return { ...sender, started };
  },
  bird: startBird,
  gobgp: startGobgp,
} as const satisfies Record<string, StartSender>;

/** The name of a sender. */
export type SenderName = keyof typeof senders;

async function script(lab: Lab, name: string, args: readonly string[]): Promise<Sender> {
  const path = decodeURIComponent(new URL(name, import.meta.url).pathname);
  const argv = [Deno.execPath(), "run", "--quiet", "-A", path, ...args];
  const process = lab.spawn("sender", name.replace(".ts", `-${args[0]}`), argv);
  await process.says(/^ready$/m, 60_000);
  return { process };
}

async function startBird(lab: Lab, routes: number): Promise<Sender> {
  const folder = `${lab.folder}/sender`;
  await Deno.mkdir(folder);
  const statics = Array.from({ length: routes }, (_, i) => `route ${host(i)}/32 blackhole;\n`);
  await Deno.writeTextFile(
    `${folder}/bird.conf`,
    `log stderr all;
router id ${ends.sender};
protocol device { scan time 60; }
protocol static { ipv4;
${statics.join("")}}
protocol bgp leaf {
  local ${ends.sender} as ${asNumbers.sender};
  neighbor ${ends.leaf} as ${asNumbers.leaf};
  direct;
  passive on;
  ipv4 { import none; export all; };
}
`,
  );
  const argv = ["bird", "-f", "-c", "bird.conf", "-s", "bird.ctl", "-P", "bird.pid"];
  const process = lab.spawn("sender", "sender", argv, { cwd: folder });
  await until("BIRD has its routes", async () => {
    const ask = ["birdc", "-s", `${folder}/bird.ctl`, "show", "route", "count"];
    const { stdout } = await lab.run("sender", ask);
    return Number(/^(\d+) of/m.exec(stdout)?.[1] ?? 0) >= routes;
  }, { timeout: 60_000, every: 200, otherwise: () => process.output() });
  return { process };
}

async function startGobgp(lab: Lab, routes: number): Promise<Sender> {
  const file = `${lab.folder}/gobgpd.toml`;
  const neighbor = (address: string, as: number) =>
    `[[neighbors]]
  [neighbors.config]
    neighbor-address = "${address}"
    peer-as = ${as}
  [neighbors.transport.config]
    passive-mode = true
`;
  await Deno.writeTextFile(
    file,
    `[global.config]
  as = ${asNumbers.sender}
  router-id = "${ends.sender}"
  port = 179
${neighbor(ends.leaf, asNumbers.leaf)}${neighbor("127.0.0.1", 64600)}`,
  );
  const argv = ["gobgpd", "-t", "toml", "-f", file, "--api-hosts", "127.0.0.1:50051"];
  const process = lab.spawn("sender", "gobgpd", argv);
  const summary = ["gobgp", "global", "rib", "summary"];
  await until("GoBGP answers", async () => (await lab.run("sender", summary)).code === 0, {
    timeout: 20_000,
    otherwise: () => process.output(),
  });
  // GoBGP has no quick way to be given a table but to be told it by a peer.
  await script(lab, "send_bare.ts", ["connect", `${routes}`]);
  await until("GoBGP has its routes", async () => {
    const { stdout } = await lab.run("sender", summary);
    return Number(/Destination: (\d+)/.exec(stdout)?.[1] ?? 0) >= routes;
  }, { timeout: 180_000, every: 500, otherwise: () => process.output() });
  return { process };
}

function host(i: number): string {
  return `${100 + (i >>> 24)}.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`;
}
