import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ipv4 } from "../../../lib/net/mod.ts";
import { localOpen, negotiate } from "../../../lib/bgp/fsm/mod.ts";
import type { PeerConfig } from "../../../lib/bgp/model/mod.ts";
import type { Capability, Open } from "../../../lib/bgp/wire/mod.ts";
import { local, peerConfig, peerOpen } from "./builders.ts";

function agree(open: Partial<Open>, config: Partial<PeerConfig> = {}) {
  const result = negotiate(peerOpen(open), local, peerConfig(config));
  assert(result.ok, result.ok ? "" : result.error.why);
  return result.value;
}

function refused(open: Partial<Open>, config: Partial<PeerConfig> = {}) {
  const result = negotiate(peerOpen(open), local, peerConfig(config));
  assert(!result.ok);
  const { code, subcode, data } = result.error.notification;
  return { error: `${code}/${subcode}`, data: [...data], why: result.error.why };
}

const paths = (receive: boolean, afi = 1): Capability => ({
  kind: "add-path",
  families: [{ afi, safi: 1, receive, send: !receive }],
});

Deno.test("our OPEN offers what is configured, and AS_TRANS for an AS that does not fit", () => {
  const open = localOpen({ ...local, as: 4_200_000_001 }, peerConfig({ families: [4, 6] }));
  assertEquals(open.as, 23456);
  assertEquals(open.holdTime, 90);
  assertEquals(open.capabilities, [
    { kind: "multiprotocol", afi: 1, safi: 1 },
    { kind: "multiprotocol", afi: 2, safi: 1 },
    { kind: "route-refresh" },
    { kind: "extended-message" },
    {
      kind: "graceful-restart",
      restarting: false,
      notification: true,
      restartTime: 4,
      families: [
        { afi: 1, safi: 1, forwardingKept: true },
        { afi: 2, safi: 1, forwardingKept: true },
      ],
    },
    { kind: "as4", as: 4_200_000_001 },
    {
      kind: "add-path",
      families: [
        { afi: 1, safi: 1, receive: false, send: true },
        { afi: 2, safi: 1, receive: false, send: true },
      ],
    },
  ]);
});

Deno.test("our OPEN offers no ADD-PATH when no more than one path shall be sent", () => {
  const open = localOpen(local, peerConfig({ addPathSendMax: 0 }));
  assert(!open.capabilities.some((it) => it.kind === "add-path"));
  assertEquals(open.as, 64512);
});

Deno.test("the hold time is the smaller of the two, and 0 when either says 0", () => {
  assertEquals(agree({ holdTime: 30 }).negotiated.holdTime, 30);
  assertEquals(agree({ holdTime: 300 }).negotiated.holdTime, 90);
  assertEquals(agree({ holdTime: 0 }).negotiated.holdTime, 0);
  assertEquals(agree({}, { holdTime: 0 }).negotiated.holdTime, 0);
});

Deno.test("several paths are sent only where the peer receives them and we shall send them", () => {
  const base = peerOpen().capabilities;
  const both = { capabilities: [...base, paths(true)] };
  assertEquals(agree(both).negotiated.addPathSend, [4]);
  assertEquals(agree(both).codec.addPathSend, [4]);
  assertEquals(agree(both, { addPathSendMax: 0 }).codec.addPathSend, []);
  assertEquals(agree({ capabilities: [...base, paths(false)] }).codec.addPathSend, []);
  assertEquals(agree({ capabilities: [...base, paths(true, 2)] }).codec.addPathSend, [6]);
});

Deno.test("a peer without capabilities speaks IPv4, 2-octet AS and 4096 bytes", () => {
  const { negotiated, codec } = agree({ capabilities: [] });
  assertEquals(negotiated.families, [4]);
  assertEquals(negotiated.as4, false);
  assertEquals(negotiated.routeRefresh, false);
  assertEquals(codec.maxMessageLength, 4096);
});

Deno.test("long messages are agreed on when the peer takes them", () => {
  assertEquals(agree({}).codec.maxMessageLength, 65535);
});

Deno.test("only the families of both are spoken", () => {
  const six: Capability = { kind: "multiprotocol", afi: 2, safi: 1 };
  assertEquals(agree({ capabilities: [six] }).negotiated.families, [6]);
  const vpn: Capability = { kind: "multiprotocol", afi: 1, safi: 128 };
  assertEquals(agree({ capabilities: [six, vpn] }).negotiated.families, [6]);
});

Deno.test("a peer with none of our families is told which we miss", () => {
  const { error, data, why } = refused({ capabilities: [] }, { families: [6] });
  assertEquals(error, "2/7");
  assertEquals(data, [1, 4, 0, 2, 0, 1]);
  assertStringIncludes(why, "ipv6-unicast");
});

Deno.test("another AS than configured is refused, of 4 octets too", () => {
  assertEquals(refused({ capabilities: [], as: 64999 }).error, "2/2");
  const far: Capability = { kind: "as4", as: 4_200_000_002 };
  const { error, why } = refused({ as: 23456, capabilities: [far] });
  assertEquals(error, "2/2");
  assertStringIncludes(why, "4200000002");
  assertStringIncludes(why, "64513");
});

Deno.test("an AS of 4 octets counts, not the AS_TRANS in its place", () => {
  const far: Capability = { kind: "as4", as: 4_200_000_002 };
  const { negotiated } = agree({ as: 23456, capabilities: [far] }, { peerAs: 4_200_000_002 });
  assert(negotiated.as4);
  assertEquals(negotiated.internal, false);
});

Deno.test("BGP identifier 0.0.0.0, and ours in our own AS, are refused; ours elsewhere is not", () => {
  assertEquals(refused({ bgpId: ipv4(0) }).error, "2/3");
  const mine = { bgpId: local.routerId };
  assertEquals(agree(mine).negotiated.internal, false);
  const inside = { ...mine, as: local.as, capabilities: [] };
  assertEquals(refused(inside, { peerAs: local.as }).error, "2/3");
});

Deno.test("a hold time of 1 or 2 seconds is refused", () => {
  assertEquals(refused({ holdTime: 1 }).error, "2/6");
  assertEquals(refused({ holdTime: 2 }).error, "2/6");
});

Deno.test("another version is refused with the one we speak", () => {
  assertEquals(refused({ version: 3 }), {
    error: "2/1",
    data: [0, 4],
    why: "the peer speaks BGP version 3, porter 4",
  });
});
