/**
 * The port forward's loop.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Forwarding } from "../../lib/agent/mod.ts";
import type { HostForward, ObservedForwards } from "../../lib/host/mod.ts";
import { type LogFields, type PortForwards, silentLog } from "../../lib/ports/mod.ts";
import { address } from "../host/fake_node.ts";
import { FakeClock, settleMicrotasks } from "../support/fake_clock.ts";

/** nft's table as a model: it takes porter's scripts. */
class FakeForwards implements PortForwards {
  listening = false;
  table: ObservedForwards | undefined;
  refusal: Error | undefined;
  /** Does not even show what is there. */
  blind = false;
  looks = 0;

  listens(): Promise<boolean> {
    return Promise.resolve(this.listening);
  }

  observe(): Promise<ObservedForwards | undefined> {
    this.looks++;
    if (this.blind && this.refusal !== undefined) return Promise.reject(this.refusal);
    return Promise.resolve(this.table);
  }

  apply(script: string): Promise<void> {
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    const comments = [...script.matchAll(/ comment "(.*)"/g)].map(([, text]) => text ?? "");
    this.table = script.includes(" chain ") ? { comments, chainIntact: true } : undefined;
    return Promise.resolve();
  }
}

const forward: HostForward = {
  from: address("172.30.0.1"),
  to: address("172.30.0.2"),
  port: 17900,
};

function world() {
  const kernel = new FakeForwards();
  const clock = new FakeClock(settleMicrotasks);
  const objects: { wanted: readonly HostForward[] | undefined } = { wanted: [] };
  const logged: (readonly [string, LogFields | undefined])[] = [];
  const error = (event: string, fields?: LogFields) => void logged.push([event, fields]);
  const log = { ...silentLog, error };
  const told: (string | undefined)[] = [];
  const forwarding: Forwarding = new Forwarding({
    ...{ wanted: () => objects.wanted, kernel, clock, log },
    onChange: () => void told.push(forwarding.refused),
  });
  forwarding.start();
  return { kernel, clock, objects, logged, told, forwarding };
}

Deno.test("the rules are there while they are wanted and somebody listens, and are repaired", async () => {
  const { kernel, clock, objects, forwarding } = world();
  objects.wanted = [forward];
  await clock.advance(2000);
  assertEquals(kernel.table, undefined, "nobody listens");
  kernel.listening = true;
  await clock.advance(2000);
  assertEquals(kernel.table?.comments.length, 1);
  const { looks } = kernel;
  await clock.advance(20_000);
  assertEquals(kernel.looks, looks, "at rest only who listens is looked at");
  kernel.table = { comments: [], chainIntact: true };
  forwarding.moved();
  await clock.advance(2000);
  assertEquals(kernel.table?.comments.length, 1, "repaired");
  kernel.table = { comments: [], chainIntact: true };
  await clock.advance(32_000);
  assertEquals(kernel.table?.comments.length, 1, "repaired, although nobody told");
  objects.wanted = undefined;
  await clock.advance(2000);
  assertEquals(kernel.table?.comments.length, 1, "what is not known is not gone");
  kernel.listening = false;
  objects.wanted = [forward];
  await clock.advance(2000);
  assertEquals(kernel.table, undefined, "who listened is gone");
  kernel.listening = true;
  await clock.advance(2000);
  assertEquals(kernel.table?.comments.length, 1);
  await forwarding.stop();
  assertEquals(kernel.table, undefined, "the agent is gone");
  assertEquals(clock.pending, 0);
});

Deno.test("what a killed agent left is removed, and then the kernel is left in peace", async () => {
  const { kernel, clock, forwarding } = world();
  kernel.table = { comments: ["porter 1 0"], chainIntact: true };
  await clock.advance(2000);
  assertEquals(kernel.table, undefined);
  const { looks } = kernel;
  await clock.advance(60_000);
  assertEquals(kernel.looks, looks);
  await forwarding.stop();
});

Deno.test("a kernel that refused what nobody wants any more refuses nothing", async () => {
  const { kernel, clock, objects, told, forwarding } = world();
  kernel.listening = true;
  await clock.advance(4000);
  kernel.refusal = new Error("Cannot run nft -f: Operation not supported");
  kernel.blind = true;
  objects.wanted = [forward];
  await clock.advance(4000);
  assertEquals(told.length, 1);
  objects.wanted = [];
  await clock.advance(10_000);
  assertEquals(told, ["Cannot run nft -f: Operation not supported", undefined]);
  await forwarding.stop();
});

Deno.test("a kernel that refuses is said once, by name, and is tried again", async () => {
  const { kernel, clock, objects, logged, told, forwarding } = world();
  kernel.listening = true;
  kernel.refusal = new Error("Cannot run nft -f: Operation not supported");
  objects.wanted = [forward];
  await clock.advance(30_000);
  const error = "Cannot run nft -f: Operation not supported";
  assertEquals(logged, [["forward.refused", { reason: "PortForwardFailed", error }]]);
  assertEquals(told, [error]);
  kernel.refusal = undefined;
  await clock.advance(60_000);
  assertEquals(kernel.table?.comments.length, 1);
  assertEquals(told, [error, undefined]);
  await forwarding.stop();
});
