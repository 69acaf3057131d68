/**
 * How late BFD's packets are and what they cost: so many sessions at 100 ms x 3, each with a reflector of
 * its own on loopback, for some seconds. The lateness is that of the monitor's own timers, the CPU that of
 * the process with the monitor; both also while that process plans now and then.
 *
 *     deno run -A scripts/bench/bfd.ts [--sessions 100] [--seconds 10]
 *
 * @module
 */

import { cpuUsage } from "node:process";
import { BfdMonitor, BfdReflector, type BfdTarget } from "../../lib/bfd/mod.ts";
import { type Address, parseAddress } from "../../lib/net/mod.ts";
import { type Clock, silentLog } from "../../lib/ports/mod.ts";
import { openDatagrams, systemClock } from "../../lib/system/mod.ts";
import { percentile } from "./measure.ts";

const interval = 100;

/** The address of the reflector of this number, on loopback. */
function addressOf(index: number): Address {
  return parseAddress(`127.7.${index >> 8}.${index & 255}`) as Address;
}

/** A clock that remembers by how many milliseconds its calls came late. */
function watchedClock(lateness: number[]): Clock {
  return {
    ...systemClock,
    after(ms, fn) {
      const due = performance.now() + ms;
      return systemClock.after(ms, () => {
        lateness.push(performance.now() - due);
        fn();
      });
    },
  };
}

/** What one run came to. */
interface Figures {
  readonly load: string;
  readonly lateness: readonly number[];
  /** Percent of one core. */
  readonly cpu: number;
  readonly failures: number;
}

async function measure(sessions: number, seconds: number, stallMs: number): Promise<Figures> {
  const lateness: number[] = [];
  const monitor = new BfdMonitor({
    datagrams: openDatagrams(),
    clock: watchedClock(lateness),
    random: Math.random,
    log: silentLog,
    onChange: () => {},
  });
  monitor.setTargets(Array.from({ length: sessions }, (_, index): BfdTarget => ({
    ...{ name: `n${index}`, address: addressOf(index), encapsulation: "seamless" },
    ...{ minTx: interval, minRx: interval, detectMult: 3 },
  })));
  const states = () => monitor.sessions().filter(({ state }) => state === "Up").length;
  const deadline = performance.now() + 10_000;
  while (states() < sessions) {
    if (performance.now() > deadline) throw new Error(`Only ${states()} of ${sessions} are Up`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  lateness.length = 0;
  const stall = stallMs === 0 ? undefined : setInterval(() => busy(stallMs), 10 * stallMs);
  const before = cpuUsage();
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const used = cpuUsage(before);
  const cpu = (used.user + used.system) / 10 / (performance.now() - start);
  clearInterval(stall);
  const failures = monitor.sessions().reduce((sum, each) => sum + each.failures, 0);
  monitor.close();
  const load = stallMs === 0 ? "nothing else" : `${stallMs} ms busy of every ${10 * stallMs}`;
  return { load, lateness, cpu, failures };
}

function busy(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

function row({ load, lateness, cpu, failures }: Figures): string {
  const at = (part: number): string => percentile(lateness, part).toFixed(1);
  return `${load}: late by p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms; ` +
    `CPU ${cpu.toFixed(1)} % of a core; ${failures} failures`;
}

function option(name: string, otherwise: number): number {
  const at = Deno.args.indexOf(`--${name}`);
  const value = at < 0 ? otherwise : Number(Deno.args[at + 1]);
  if (!(value > 0)) throw new Error(`Cannot read --${name}: it must be a number above 0`);
  return value;
}

/** Answers for all sessions, in a process of its own, until it is killed. */
function reflectAll(sessions: number): void {
  const ports = { datagrams: openDatagrams(), clock: systemClock, log: silentLog };
  for (let index = 0; index < sessions; index++) new BfdReflector(ports, addressOf(index));
  setInterval(() => {}, 60_000);
}

if (import.meta.main) {
  const sessions = option("sessions", 100);
  if (Deno.args.includes("--reflect")) reflectAll(sessions);
  else {
    const seconds = option("seconds", 10);
    const args = [
      "run",
      "-A",
      import.meta.filename ?? "",
      "--reflect",
      "--sessions",
      `${sessions}`,
    ];
    const reflectors = new Deno.Command(Deno.execPath(), { args }).spawn();
    try {
      console.log(`${sessions} sessions at ${interval} ms x 3, ${seconds} s each:`);
      for (const stallMs of [0, 10, 30]) {
        console.log(row(await measure(sessions, seconds, stallMs)));
      }
    } finally {
      reflectors.kill("SIGKILL");
      await reflectors.status;
    }
    Deno.exit();
  }
}
