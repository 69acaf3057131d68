/**
 * lib/bgp's speaker as a process of its own, for a namespace of the lab. Reads a Setting from the
 * JSON file named on the command line, at the start and at each SIGHUP; logs to stderr; SIGTERM ends
 * it with Cease. At SIGUSR2 it logs the bytes that it holds, after a collection where V8 exposes gc().
 *
 *     deno run --allow-net --allow-read=FILE speaker_child.ts FILE
 *
 * @module
 */

import {
  type PeerConfig,
  peerDefaults,
  plainAttributes,
  type Route,
} from "../../lib/bgp/model/mod.ts";
import { Speaker } from "../../lib/bgp/speaker/mod.ts";
import { type Address, type Ipv4, parseAddress, parsePrefix } from "../../lib/net/mod.ts";
import { createLog } from "../../lib/observe/mod.ts";
import { systemClock, tcpTransport } from "../../lib/system/mod.ts";
import type { PeerSetting, RouteSetting, Setting } from "./speaker_process.ts";

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

function ipv4(text: string): Ipv4 {
  const parsed = address(text);
  if (parsed.family !== 4) throw new Error(`not an IPv4 address: ${text}`);
  return parsed;
}

function peer(setting: PeerSetting): PeerConfig {
  return { ...peerDefaults, ...setting, address: address(setting.address) };
}

function route(setting: RouteSetting): Route {
  const prefix = parsePrefix(setting.prefix);
  if (prefix === undefined) throw new Error(`not a prefix: ${setting.prefix}`);
  const paths = setting.nextHops.map((hop) => ({
    nextHop: address(hop),
    attributes: plainAttributes,
  }));
  return { prefix, paths };
}

function apply(): void {
  const setting = JSON.parse(Deno.readTextFileSync(file)) as Setting;
  const { as, routerId, port } = setting.speaker;
  speaker.configure({ as, routerId: ipv4(routerId), listen: { port } });
  speaker.setPeers(setting.peers.map(peer));
  speaker.setRoutes(setting.routes.map(route));
  log.info("setting.applied", { revision: setting.revision });
}

const [file = ""] = Deno.args;
const log = createLog({ format: "text", level: "debug" });
const speaker = new Speaker({
  transport: tcpTransport(),
  clock: systemClock,
  random: Math.random,
  log,
});
apply();
Deno.addSignalListener("SIGHUP", apply);
Deno.addSignalListener("SIGUSR2", () => {
  const { gc } = globalThis as { readonly gc?: () => void };
  // Twice: what finalizers let go of is collected the second time.
  gc?.();
  gc?.();
  const { heapUsed, external } = Deno.memoryUsage();
  log.info("memory.live", { bytes: heapUsed + external, collected: gc !== undefined });
});
Deno.addSignalListener("SIGTERM", async () => {
  await speaker.close("told to stop");
  Deno.exit(0);
});
