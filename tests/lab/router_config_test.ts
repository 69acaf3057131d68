/**
 * What `porter router-config` prints, judged by the daemons that shall take it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { BgpPeer } from "../../lib/objects/mod.ts";
import { leafConfig, leafFacts, subjectOf, type Vendor } from "../../lib/report/mod.ts";
import { addressOf, bgpPeer, cluster, eip } from "../support/objects.ts";

const peers: readonly BgpPeer[] = [
  bgpPeer("leaf", "10.0.0.1"),
  bgpPeer("leaf", "10.0.0.1", { passiveMode: true, sendMax: 0, holdTime: 0 }),
  bgpPeer("leaf", "10.0.0.1", { ttlSecurity: 2 }),
  bgpPeer("leaf", "10.0.0.1", { ebgpMultiHop: 3, localAs: 64700 }),
  // iBGP: the AS of support/objects.ts's BgpConf.
  bgpPeer("leaf", "10.0.0.1", { peerAs: 64620 }),
];

/** FRR's own trouble with the folder of a process that had the same number: it is about no configuration. */
const ownCrashLog = /failed to mkdir|crashlog and per-thread log/;

function judgement(...outputs: readonly Uint8Array<ArrayBuffer>[]): string {
  const said = outputs.map((bytes) => new TextDecoder().decode(bytes)).join("");
  return said.split("\n").filter((line) => !ownCrashLog.test(line)).join("\n").trim();
}

async function judged(
  vendor: Vendor,
  before: string,
  [command, ...args]: readonly [string, ...string[]],
): Promise<void> {
  for (const peer of peers) {
    const bgp = { attributes: {}, serviceMaySet: [] };
    const eips = [
      eip("edge", "203.0.113.8-203.0.113.18"),
      eip("six", "2001:db8::/120"),
      eip("covered", "198.51.100.0/24", { bgp: { ...bgp, aggregationLength: 28 } }),
      eip("covered6", "2001:db8:1::/120", { bgp: { ...bgp, aggregationLength: 120 } }),
    ];
    const subject = subjectOf(cluster({ eips, bgpPeers: [peer] }));
    const facts = leafFacts(subject, undefined, [addressOf("10.0.0.11"), addressOf("10.0.0.12")]);
    assert(facts.ok, "no facts");
    const file = await Deno.makeTempFile({ suffix: ".conf" });
    try {
      await Deno.writeTextFile(file, before + leafConfig(vendor, facts.value));
      await Deno.chmod(file, 0o644);
      const { code, stdout, stderr } = await new Deno.Command(command, { args: [...args, file] })
        .output();
      const text = judgement(stdout, stderr);
      assertEquals([code, text], [0, ""], text);
      // The same with a word that is none must be refused, or the judge judges nothing.
      await Deno.writeTextFile(file, before + leafConfig(vendor, facts.value) + "nonsense here\n");
      const bad = await new Deno.Command(command, { args: [...args, file] }).output();
      const no = judgement(bad.stdout, bad.stderr);
      assert(bad.code !== 0 || no !== "", "nonsense was taken");
    } finally {
      await Deno.remove(file);
    }
  }
}

Deno.test({
  name: "a real BIRD takes what router-config prints for it",
  ignore: Deno.uid() !== 0,
  fn: () => judged("bird", "router id 10.0.0.1;\nprotocol device {}\n", ["bird", "-p", "-c"]),
});

Deno.test({
  name: "a real FRR takes what router-config prints for it",
  ignore: Deno.uid() !== 0,
  fn: () => judged("frr", "", ["/usr/lib/frr/bgpd", "--dryrun", "--config_file"]),
});
