/**
 * Fuzz targets of what is asked of a running porter and what it answers, of agents' reports and of
 * objects as the manager tells them. Their laws: a question has an answer of the type its path has, or
 * there is no such thing; reading never throws; what was read is written and read as the same.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { managerAnswers, NotThere, Recorder } from "../../lib/observe/mod.ts";
import { formatReport, parseReport } from "../../lib/plan/mod.ts";
import {
  type ApiPath,
  readAnswer,
  snapshotFromText,
  snapshotToText,
} from "../../lib/report/mod.ts";
import { passOver, session } from "../observe/state.ts";
import { cluster, service, slice } from "../support/objects.ts";
import type { FuzzTarget } from "./runner.ts";

const utf8 = new TextEncoder();
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const snapshot = cluster({
  services: [service("web", { createdAt: 1 }), service("idle", { createdAt: 2 })],
  endpointSlices: [slice("web", ["node1"])],
});
const clock = { now: () => 1_000_000 };
const pass = passOver(snapshot);
const answers = managerAnswers({
  version: "9.9.9",
  startedAt: 1,
  source: { directory: "/etc/porter" },
  clock,
  pulse: () => ({ overdueMs: 0, missing: [] }),
  recorder: new Recorder(clock),
  running: () => ({
    bfd: [],
    sessions: [session("leaf")],
    speaker: { connectionsRefused: 0 },
    told: () => 2,
  }),
  leads: () => true,
  node: undefined,
  serveClassless: false,
  pass: () => pass,
});
const paths = Object.keys(answers) as ApiPath[];

/** The first byte chooses the path, the rest is the query. */
function ask(bytes: Uint8Array): void {
  const path = paths[(bytes[0] ?? 0) % paths.length] ?? "status";
  try {
    const answer = answers[path]?.(new URLSearchParams(textOf(bytes.subarray(1))), () => {});
    const read = readAnswer(path, JSON.parse(JSON.stringify(answer)));
    assert(read.ok, `${path}: ${read.ok ? "" : read.error}`);
  } catch (thrown) {
    if (!(thrown instanceof NotThere)) throw thrown;
  }
}

/** What a client does with an answer: the first byte chooses the path. */
function readTold(bytes: Uint8Array): void {
  const path = paths[(bytes[0] ?? 0) % paths.length] ?? "status";
  const told = jsonOf(textOf(bytes.subarray(1)));
  const read = readAnswer(path, told);
  if (!read.ok) return assert(read.error.length > 0);
  assertEquals(readAnswer(path, JSON.parse(JSON.stringify(read.value ?? null))).ok, true);
}

function readReport(bytes: Uint8Array): void {
  const agent = { role: "agent", name: "node1" } as const;
  const report = parseReport(agent, textOf(bytes));
  if (report === undefined) return;
  assert(report.sessions.length <= 256);
  assertEquals(parseReport(agent, formatReport(report)), report);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const queries = ["", "filter=web&limit=1", "after=3&limit=2", "service=default/web"]
  .concat(
    `service=default/web&host=${encodeURIComponent('{"node":"node1","missing":[],"eips":[]}')}`,
  );

/** The targets of this file. */
export const tellingTargets: readonly FuzzTarget[] = [
  {
    name: "api-query",
    seeds: paths.flatMap((_, i) => queries.map((query) => Uint8Array.of(i, ...utf8.encode(query)))),
    run: ask,
  },
  {
    name: "api-answer",
    seeds: paths.filter((path) => path !== "explain").map((path) => {
      const text = JSON.stringify(answers[path]?.(new URLSearchParams(), () => {}));
      return Uint8Array.of(paths.indexOf(path), ...utf8.encode(text));
    }),
    run: readTold,
  },
  {
    name: "agent-report",
    seeds: [
      `{"at":1,"sessions":[{"peer":"leaf","state":"Established","since":1,"prefixesSent":3}]}`,
      `{"at":1,"sessions":[{"peer":"leaf","state":"Down","since":1,"prefixesSent":0,"lastError":"x"}]}`,
    ].map((text) => utf8.encode(text)),
    run: readReport,
  },
  {
    name: "snapshot-text",
    seeds: [utf8.encode(JSON.stringify(snapshotToText(snapshot)))],
    run: (bytes) => void snapshotFromText(jsonOf(textOf(bytes)) ?? null),
  },
];
