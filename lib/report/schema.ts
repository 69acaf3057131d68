/**
 * The local API's answers as schemas: a client reads what it got through them, so that porters of two
 * versions misunderstand each other loudly. Their types are the reports that the server makes.
 *
 * @module
 */

import { z } from "zod";
import { err, ok, type Result } from "../result/mod.ts";
import {
  type BrakeReport,
  type ChainReport,
  type EipsReport,
  type HistoryReport,
  type HostReport,
  type NodeReport,
  notToldReasons,
  type PeerReport,
  type RecordReport,
  type RefusalReport,
  type RouteReport,
  type StatusReport,
} from "./model.ts";

/** What the local API answers, by path below /api/v1/. */
export interface ApiAnswerTypes {
  readonly status: StatusReport;
  readonly peers: readonly PeerReport[];
  readonly routes: readonly RouteReport[];
  readonly eips: EipsReport;
  readonly nodes: readonly NodeReport[];
  readonly refusals: readonly RefusalReport[];
  readonly brake: BrakeReport;
  readonly events: readonly RecordReport[];
  readonly history: readonly HistoryReport[];
  /** Takes ?service=NAMESPACE/NAME. */
  readonly explain: ChainReport;
  /** Of an agent alone. */
  readonly host: HostReport;
  /** `porter plan -o json` of what is in force. */
  readonly plan: unknown;
  /** Objects as they are, for a plan of a change. */
  readonly objects: unknown;
}

/** The paths. */
export type ApiPath = keyof ApiAnswerTypes;

/** What a path answers. */
export type ApiAnswer<Path extends ApiPath> = ApiAnswerTypes[Path];

/** Reads an answer; the error says which field is not as expected. */
export function readAnswer<Path extends ApiPath>(
  path: Path,
  answer: unknown,
): Result<ApiAnswer<Path>> {
  const parsed = schemas()[path].safeParse(answer);
  if (parsed.success) return ok(parsed.data as ApiAnswer<Path>);
  const [issue] = parsed.error.issues;
  return err(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not as expected"}`);
}

type Schemas = { readonly [Path in ApiPath]: z.ZodType<ApiAnswerTypes[Path]> };

let made: Schemas | undefined;

/** Made when the first answer comes: most commands read none. */
function schemas(): Schemas {
  return made ??= makeSchemas();
}

function makeSchemas(): Schemas {
  const peerSchema = z.object({
    name: z.string(),
    address: z.string(),
    peerAs: z.number(),
    speakers: z.enum(["Managers", "Agents"]),
    nodes: list(z.string()),
    state: z.string(),
    since: z.number().nullable(),
    flaps: z.number(),
    lastError: z.string().nullable(),
    holdTime: z.number().nullable(),
    bfd: z.string().nullable().default(null),
    families: list(z.string()),
    addPath: list(z.string()),
    capabilities: list(z.string()),
    prefixes: z.object({
      wanted: z.number().nullable(),
      sent: z.number(),
      received: z.number(),
      heldBack: z.number(),
    }),
    pathsSent: z.number(),
    messages: z.object({
      sent: z.record(z.string(), z.number()),
      received: z.record(z.string(), z.number()),
    }),
    hints: list(z.string()),
    agents: list(z.object({
      node: z.string(),
      state: z.string(),
      since: z.number().nullable(),
      sent: z.number(),
      wanted: z.number(),
      lastError: z.string().nullable(),
    })).default([]),
    agentsUp: z.number().nullable().default(null),
  });
  const hopSchema = z.object({
    node: z.string(),
    address: z.string().nullable(),
    out: z.string().nullable(),
  });
  const toldSchema = z.object({
    peer: z.string(),
    sent: z.enum(["yes", "no", "unknown"]),
    reason: z.enum(notToldReasons).nullable().default(null),
    paths: z.number(),
    why: z.string(),
  });
  const routeSchema = z.object({
    prefix: z.string(),
    aggregate: z.string().nullable().default(null),
    services: list(z.string()),
    announced: z.boolean(),
    reason: z.string(),
    message: z.string(),
    nextHops: list(hopSchema),
    peers: list(toldSchema),
  });
  const eipSchema = z.object({
    address: z.string(),
    pool: z.string(),
    service: z.string(),
    state: z.enum(["announced", "allocated", "pending", "released"]),
    reason: z.string(),
    message: z.string(),
    nextHops: z.number(),
  });
  const poolSchema = z.object({
    name: z.string(),
    address: z.string(),
    state: z.string(),
    size: z.number(),
    used: z.number(),
    exhausted: z.boolean(),
    refusals: list(z.string()),
  });
  const eipsSchema = z.object({
    pools: list(poolSchema),
    eips: list(eipSchema),
    pending: list(z.object({ service: z.string(), reason: z.string(), message: z.string() })),
  });
  const nodeSchema = z.object({
    name: z.string(),
    addresses: list(z.string()),
    eligible: list(z.string()),
    out: z.record(z.string(), z.string()),
    cordoned: z.boolean(),
    drain: z.object({
      phase: z.enum(["draining", "leaving"]),
      leavesAt: z.number().nullable(),
    }).nullable().default(null),
    bfd: z.string().nullable().default(null),
    eips: z.number(),
  });
  const refusalSchema = z.object({
    object: z.string(),
    reason: z.string(),
    message: z.string(),
    meaning: z.string(),
  });
  const recordSchema = z.object({
    seq: z.number(),
    at: z.number(),
    level: z.enum(["debug", "info", "warn", "error"]),
    event: z.string(),
    fields: z.record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), list(z.union([z.string(), z.number()]))]),
    ),
  });
  const statusSchema = z.object({
    version: z.string(),
    mode: z.enum(["manager", "agent"]),
    source: z.record(z.string(), z.string()),
    startedAt: z.number(),
    now: z.number(),
    leads: z.boolean(),
    node: z.string().nullable().default(null),
    serveClassless: z.boolean().default(false),
    missing: list(z.string()),
    faults: list(z.string()),
    speaker: z.object({
      conf: z.string(),
      as: z.number(),
      routerId: z.string(),
      port: z.number().nullable(),
      listening: z.boolean(),
      listenError: z.string().nullable(),
      connectionsRefused: z.number(),
    }).nullable(),
    services: list(z.object({ state: z.string(), reason: z.string(), count: z.number() })),
  });
  const hostSchema = z.object({
    node: z.string(),
    missing: list(z.string()),
    eips: list(z.object({
      address: z.string(),
      ports: list(z.string()),
      present: z.boolean(),
      refused: z.string().nullable(),
    })),
  });
  const linkSchema = z.object({
    title: z.string(),
    verdict: z.enum(["fine", "warning", "broken", "unknown", "waiting"]),
    reason: z.string().nullable(),
    facts: list(z.string()),
    next: z.string().nullable(),
  });
  const chainSchema = z.object({
    service: z.string(),
    broken: z.string().nullable(),
    links: list(linkSchema),
  });
  const historySchema = z.object({
    peer: z.string(),
    states: list(z.object({ at: z.number(), state: z.string() })),
  });
  return {
    status: statusSchema,
    peers: list(peerSchema),
    routes: list(routeSchema),
    eips: eipsSchema,
    nodes: list(nodeSchema),
    refusals: list(refusalSchema),
    brake: brakeSchema(),
    events: list(recordSchema),
    history: list(historySchema),
    explain: chainSchema,
    host: hostSchema,
    plan: z.unknown(),
    objects: z.unknown(),
  };
}

function brakeSchema() {
  return z.object({
    conf: z.string().nullable(),
    settings: z.object({
      maxWithdrawn: z.number(),
      withinSeconds: z.number(),
      minRoutes: z.number(),
    }).nullable(),
    since: z.number().nullable(),
    routes: z.number(),
    percent: z.number(),
    held: list(z.object({ addresses: list(z.string()), nextHops: list(z.string()) })),
    services: list(z.string()),
    moreServices: z.number(),
  });
}

function list<T extends z.ZodType>(of: T) {
  return z.array(of).readonly();
}
