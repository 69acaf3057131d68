/**
 * The part of the story about addresses: one that is asked for, and a pool that is used up.
 *
 * @module
 */

import { eip } from "./manifests.ts";
import { plan } from "./porter.ts";
import { nodeNumbers, type Rack, scene } from "./rack.ts";
import type { Report } from "./report.ts";
import { conditionsOf, ingressOf } from "./status.ts";
import { took } from "./wait.ts";
import { requests } from "./web.ts";
import { failures, short } from "./words.ts";

/** Runs one step of the story. */
export type Tell = (title: string, body: () => Promise<void>) => Promise<void>;

/** Tells of the pool of three addresses; the first Service has one of them. */
export async function tellPool(rack: Rack, report: Report, tell: Tell): Promise<void> {
  await tell("A second Service asks for a given address", () => requested(rack, report));
  await tell("The pool is used up", () => exhausted(rack, report));
}

async function requested(rack: Rack, report: Report): Promise<void> {
  const wanted = "203.0.113.3";
  const start = performance.now();
  const path = await rack.writeService({ name: "shop", requested: wanted });
  report.say(`   wrote ${short(path)}: annotation eip.porter.kubesphere.io/v1alpha1: "${wanted}"`);
  const { value } = await rack.ingress("shop");
  report.check("it has that address", value.address === wanted, value.address);
  await rack.kernelHas(wanted, nodeNumbers);
  report.measured("Service written until the leaf's kernel has the route", took(start));
  await rack.nodesTake(wanted);
  const tally = await requests(rack.lab, wanted, 80, 30);
  report.check("requests through it are answered", tally.failures.length === 0, failures(tally));
}

async function exhausted(rack: Rack, report: Report): Promise<void> {
  await rack.writeService({ name: "third" });
  const { value } = await rack.ingress("third");
  report.check("a third Service gets the last address", value.address === "203.0.113.2");
  const start = performance.now();
  await rack.writeService({ name: "fourth" });
  const told = await rack.status(
    "Service",
    "fourth",
    (file) => conditionsOf(file).some((each) => each.reason === "PoolExhausted"),
    "PoolExhausted",
  );
  report.measured("fourth Service written until its status says why not", took(start));
  report.check("it has no address", ingressOf(told.value).length === 0);
  const condition = conditionsOf(told.value).find((each) => each.reason === "PoolExhausted");
  report.say(`   ${short(told.value.path)} says:`);
  report.say(
    `   | ${condition?.type} ${condition?.status} ${condition?.reason}: ${condition?.message}`,
  );
  const full = await rack.status(
    "Eip",
    scene.pool,
    (file) => file.status["occupied"] === true,
    "occupied",
  );
  report.check("the pool says it is full", full.value.status["usage"] === 3, "usage 3 of 3");
  const planned = await plan(rack.manifests.folder);
  report.check("porter plan ends with code 2", planned.code === 2, String(planned.code));
  const lines = planned.stdout.split("\n").filter((line) => line.includes("PoolExhausted"));
  report.check(
    "and names the Service and the reason",
    lines.some((line) => line.includes("fourth")),
  );
  report.show(`porter plan ${short(rack.manifests.folder)} | grep PoolExhausted`, lines.join("\n"));
  const grown = "203.0.113.1-203.0.113.4";
  const edited = performance.now();
  await rack.manifests.write("eip", eip(scene.pool, grown));
  report.say(`   wrote eip.yaml: spec.address: ${grown}`);
  const late = await rack.ingress("fourth");
  report.check("the fourth gets the new address", late.value.address === "203.0.113.4");
  report.measured("pool grown until the fourth Service has its EIP", took(edited));
}
