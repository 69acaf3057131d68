import { assert, assertEquals } from "@std/assert";
import { type Address, formatPrefix, ipv4, parseAddress } from "../../../lib/net/mod.ts";
import { silentLog } from "../../../lib/ports/mod.ts";
import { type PeerConfig, peerDefaults } from "../../../lib/bgp/model/mod.ts";
import { Speaker } from "../../../lib/bgp/speaker/mod.ts";
import { systemClock, tcpTransport } from "../../../lib/system/mod.ts";
import { routes } from "./bench.ts";

/** A real speaker that wakes whoever waits for a change. */
class Real {
  #waiting: (() => void)[] = [];
  readonly speaker = new Speaker({
    transport: tcpTransport(),
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    onChange: () => this.#waiting.splice(0).forEach((wake) => wake()),
  });

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get port(): number {
    const { listening, listenError } = this.speaker.status();
    assert(listening !== undefined, listenError);
    return listening.port;
  }

  get status() {
    const [status] = this.speaker.peers();
    assert(status !== undefined);
    return status;
  }
}

/** Far more than any of it takes. */
const limitMs = 60_000;

/** Keeps the process awake while only timers, which hold nobody, are pending; fails after a minute. */
async function awake(work: () => Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`not done after ${limitMs} ms`)), limitMs);
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function pair(address: Address, families: PeerConfig["families"]): Promise<[Real, Real]> {
  const [one, two] = [new Real(), new Real()];
  one.speaker.configure({ as: 4_200_000_001, routerId: ipv4(1), listen: { address, port: 0 } });
  two.speaker.configure({ as: 64513, routerId: ipv4(2), listen: { address, port: 0 } });
  const common = { ...peerDefaults, name: "other", address, families };
  two.speaker.setPeers([{ ...common, peerAs: 4_200_000_001, port: one.port, passive: true }]);
  one.speaker.setPeers([{ ...common, peerAs: 64513, port: two.port, localAddress: address }]);
  const up = (it: Real) => it.until(() => it.status.state === "Established");
  await Promise.all([up(one), up(two)]);
  return [one, two];
}

for (const text of ["127.0.0.1", "::1"]) {
  Deno.test(`two speakers exchange routes over ${text}`, () =>
    awake(async () => {
      const address = parseAddress(text);
      assert(address !== undefined);
      const [one, two] = await pair(address, [4, 6]);
      assertEquals(one.status.negotiated?.maxMessageLength, 65535);
      assertEquals(two.status.negotiated?.as4, true);
      one.speaker.setRoutes(routes(50_000));
      await two.until(() => two.status.prefixesReceived === 50_000);
      const [first] = two.speaker.received("other", 1);
      assertEquals(first && formatPrefix(first.prefix), "203.0.0.0/32");
      assertEquals(first?.asPath, "4200000001");
      one.speaker.setRoutes([]);
      await two.until(() => two.status.prefixesReceived === 0);
      assertEquals(two.status.flaps, 0);
      await one.speaker.close("back soon");
      await two.until(() => two.status.state !== "Established");
      const said = 'the peer sent Cease/Hard Reset: Cease/Administrative Shutdown: "back soon"';
      assertEquals(two.status.lastError, said);
      await two.speaker.close();
    }));
}

Deno.test("two speakers that call each other at once end up with one session", () =>
  awake(async () => {
    const address = ipv4(0x7f000001);
    for (let round = 0; round < 5; round++) {
      const [one, two] = [new Real(), new Real()];
      one.speaker.configure({ as: 64512, routerId: ipv4(1), listen: { address, port: 0 } });
      two.speaker.configure({ as: 64513, routerId: ipv4(2), listen: { address, port: 0 } });
      const common = { ...peerDefaults, name: "other", address };
      const ports = [one.port, two.port] as const;
      one.speaker.setPeers([{ ...common, peerAs: 64513, port: ports[1] }]);
      two.speaker.setPeers([{ ...common, peerAs: 64512, port: ports[0] }]);
      const up = (it: Real) => it.until(() => it.status.state === "Established");
      await Promise.all([up(one), up(two)]);
      one.speaker.setRoutes(routes(10));
      await two.until(() => two.status.prefixesReceived === 10);
      await Promise.all([one.speaker.close(), two.speaker.close()]);
    }
  }));
