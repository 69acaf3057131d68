/**
 * BFD together with graceful restart, where a manager is killed: porter's BFD ends with the process, and
 * says so with the C bit off (RFC 5880 section 4.1). What BIRD makes of that (RFC 5882 section 4.3).
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type BirdOptions, pause, startManager, until } from "../../scripts/lab/mod.ts";
import { type Bench, hops, leafOptions, managerTest } from "./manager_case.ts";

const prefix = "203.0.113.1/32";

function leafWith(bfd: "on" | "graceful"): BirdOptions {
  const timing = "interval 100 ms; multiplier 3;";
  const protocols = [`protocol bfd { interface "*" { ${timing} }; }`];
  return { ...leafOptions, extra: [`bfd ${bfd};`], protocols };
}

/** Waits until BGP and BFD are up and nothing is left over from a restart. */
async function settled({ leaf, lab, log }: Bench): Promise<void> {
  await until("BGP and BFD are up at the leaf", async () => {
    const { state, text } = await leaf.session();
    return state === "Established" && !/graceful restart active/.test(text) &&
      / Up /.test(await leaf.ask("show bfd sessions"));
  }, { signal: lab.signal, otherwise: log });
  await leaf.hasNextHops(prefix, hops(1, 2));
}

/** Every state of the route while no manager runs for two seconds, many times the detection time. */
async function whileAway(bench: Bench, signal: "SIGTERM" | "SIGKILL"): Promise<readonly string[]> {
  const { leaf, lab, files } = bench;
  bench.manager.kill(signal);
  await bench.manager.ended;
  const seen = new Set<string>();
  for (const end = performance.now() + 2000; performance.now() < end; await pause(20)) {
    seen.add((await leaf.nextHops(prefix)).join(" "));
  }
  bench.manager = startManager(lab, { directory: files.folder });
  await settled(bench);
  return [...seen];
}

managerTest(
  'with BFD, BIRD keeps the routes of a manager that is away only where told "bfd graceful"',
  async (bench) => {
    const { leaf } = bench;
    await bench.peer({ bfd: { interval: 100 }, gracefulRestart: true });
    await bench.service({ name: "web" });
    await settled(bench);
    const kept = hops(1, 2).join(" ");
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const seen = await whileAway(bench, signal);
      assertEquals(seen.at(-1), "", `bfd on, ${signal}: ${seen.join(", then ")}`);
    }
    await leaf.configure(leafWith("graceful"));
    await settled(bench);
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      assertEquals(await whileAway(bench, signal), [kept], `bfd graceful, ${signal}`);
    }
  },
  { leaf: leafWith("on") },
);
