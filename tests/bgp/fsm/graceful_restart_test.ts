import { assertEquals } from "@std/assert";
import { localOpen, negotiate, type Stop } from "../../../lib/bgp/fsm/mod.ts";
import { parting } from "../../../lib/bgp/fsm/graceful_restart.ts";
import type { GracefulRestart, PeerConfig } from "../../../lib/bgp/model/mod.ts";
import {
  type Capability,
  cease,
  describeCapability,
  describeNotification,
} from "../../../lib/bgp/wire/mod.ts";
import { Bench, local, peerConfig, peerOpen } from "./builders.ts";

/** The capability as it is said, in words. */
function offered(config: Partial<PeerConfig>, restarting = false): readonly string[] {
  const open = localOpen(local, peerConfig(config), restarting);
  return open.capabilities.filter((it) => it.kind === "graceful-restart").map(describeCapability);
}

const restart = (change: object = {}): Capability => ({
  kind: "graceful-restart",
  restarting: false,
  notification: false,
  restartTime: 90,
  families: [],
  ...change,
});

function agreed(theirs: Capability | undefined, config: Partial<PeerConfig> = {}) {
  const capabilities = [...peerOpen().capabilities, ...(theirs === undefined ? [] : [theirs])];
  const result = negotiate(peerOpen({ capabilities }), local, peerConfig(config));
  return result.ok ? result.value.negotiated.gracefulRestart : undefined;
}

Deno.test("an OPEN says that forwarding goes on in every family, and only the first that we restarted", () => {
  assertEquals(offered({ families: [4, 6] }, true), [
    "graceful-restart 4s restarting notification ipv4-unicast (forwarding kept) " +
    "ipv6-unicast (forwarding kept)",
  ]);
  assertEquals(offered({ families: [6], restartTime: 30 }), [
    "graceful-restart 30s notification ipv6-unicast (forwarding kept)",
  ]);
  assertEquals(offered({ restartTime: 0 }, true), []);
});

Deno.test("graceful restart is agreed on when both offer it", () => {
  assertEquals(agreed(restart()), {
    restartTime: 4,
    afterNotification: false,
    peerRestartTime: 0,
    peerRestarted: false,
  });
  const families = [{ afi: 1, safi: 1, forwardingKept: false }];
  const full = restart({ notification: true, restarting: true, families });
  assertEquals(agreed(full, { restartTime: 30 }), {
    restartTime: 30,
    afterNotification: true,
    peerRestartTime: 90,
    peerRestarted: true,
  });
  assertEquals(agreed(undefined), undefined);
  assertEquals(agreed(restart(), { restartTime: 0 }), undefined);
});

/** What the peer is told at the end: in words, or nothing. */
function toldAtTheEnd(keepRoutes: boolean, negotiated: GracefulRestart | undefined): string {
  const notification = cease("administrative-shutdown", "upgrade");
  const stop: Stop = { kind: "stop", notification, keepRoutes, why: "upgrade" };
  const reason = parting(stop, negotiated);
  return reason.kind === "local" && reason.notification !== undefined
    ? describeNotification(reason.notification)
    : "nothing";
}

Deno.test("a stop keeps the routes at the peer or drops them, whatever the peer can", () => {
  const plain = agreed(restart());
  const full = agreed(restart({ notification: true }));
  const cease = 'Cease/Administrative Shutdown: "upgrade"';
  assertEquals(toldAtTheEnd(true, undefined), cease);
  assertEquals(toldAtTheEnd(true, plain), "nothing");
  assertEquals(toldAtTheEnd(true, full), cease);
  assertEquals(toldAtTheEnd(false, undefined), cease);
  assertEquals(toldAtTheEnd(false, plain), cease);
  assertEquals(toldAtTheEnd(false, full), `Cease/Hard Reset: ${cease}`);
});

Deno.test("a session is closed without a word when that keeps the routes", () => {
  const capabilities = [...peerOpen().capabilities, restart()];
  const bench = new Bench().on({ kind: "start" }, { kind: "tcp-connected", role: "active" })
    .open("active", { capabilities }).keepalive("active");
  const notification = cease("administrative-shutdown");
  bench.on({ kind: "stop", notification, keepRoutes: true, why: "upgrade" });
  assertEquals(bench.sent(), []);
  assertEquals(bench.of("active").at(-1), {
    kind: "close",
    reason: { kind: "restart", why: "upgrade" },
    from: "Established",
  });
});
