/**
 * What the local API of each mode answers, made when somebody asks.
 *
 * @module
 */

import type { HostState } from "../host/mod.ts";
import type { ManagerPass } from "../manager/mod.ts";
import { formatAddress, formatPrefix, hostPrefix } from "../net/mod.ts";
import { formatFault } from "../objects/mod.ts";
import { planToJson } from "../plan/mod.ts";
import type { Clock, LogFields, Pulse } from "../ports/mod.ts";
import {
  type ApiAnswer,
  type ApiPath,
  brakeReport,
  eipsReport,
  explain,
  nodesReport,
  type PeerReport,
  peersReport,
  readAnswer,
  refusalsReport,
  type RouteReport,
  routesReport,
  type Running,
  snapshotToText,
  type StatusReport,
  type Subject,
} from "../report/mod.ts";
import { type ApiAnswers, type LeftOff, NotThere } from "./api.ts";
import { countServices, once } from "./metrics/manager_state.ts";
import type { Recorder } from "./recorder.ts";

/** What both modes know of themselves. */
export interface SelfKnown {
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly source: LogFields;
  readonly clock: Pick<Clock, "now">;
  readonly pulse: () => Pulse;
  readonly recorder: Recorder;
}

/** What the manager's answers are made of. */
export interface ManagerKnown extends SelfKnown {
  readonly running: () => Running;
  readonly leads: () => boolean;
  /** The last pass; undefined before the first. */
  readonly pass: () => ManagerPass | undefined;
  /** The Node that it was told it runs on. */
  readonly node: string | undefined;
  readonly serveClassless: boolean;
}

/** Each answer is of the type that its path has. */
type Typed<Paths extends ApiPath> = {
  readonly [Path in Paths]: (query: URLSearchParams, leftOff: LeftOff) => ApiAnswer<Path>;
};

/** What the manager answers. */
export function managerAnswers(known: ManagerKnown): ApiAnswers {
  const { recorder, running, leads, pass, clock, node, serveClassless } = known;
  const counts = once(countServices);
  const subject = (): Subject => ({ ...subjectNow(pass(), running()), now: clock.now() });
  const answers: Typed<Exclude<ApiPath, "host">> = {
    status: () => {
      const now = pass();
      const self = statusOf(known, "manager");
      return {
        ...self,
        leads: leads(),
        node: node ?? null,
        serveClassless,
        faults: now?.snapshot.faults.map(formatFault) ?? [],
        speaker: speakerOf(now?.plan, running()),
        services: now === undefined ? [] : counts(now.plan),
      };
    },
    peers: () => peersReport(subject()),
    routes: (query, leftOff) => {
      const now = subject();
      const pools = query.has("filter") ? poolsByPrefix(now.plan) : new Map<string, string>();
      const names = ({ prefix, services }: RouteReport) => [
        ...[prefix, ...services],
        ...[pools.get(prefix) ?? []].flat(),
      ];
      return picked(routesReport(now), query, { names, leftOff });
    },
    eips: (query, leftOff) => {
      const { pools, eips, pending } = eipsReport(subject());
      const told = (list: string): LeftOff => (_, count) => leftOff(list, count);
      return {
        pools,
        eips: picked(eips, query, {
          names: (each) => [each.address, each.service, each.pool],
          leftOff: told("eips"),
        }),
        pending: picked(pending, query, {
          names: (each) => [each.service],
          leftOff: told("pending"),
        }),
      };
    },
    nodes: () => nodesReport(subject()),
    refusals: (query, leftOff) =>
      picked(refusalsReport(subject()), query, {
        names: (each) => [each.object, each.reason],
        leftOff,
      }),
    brake: () => {
      const { snapshot, plan } = subject();
      return brakeReport(snapshot, plan.hold);
    },
    events: (query) => entriesOf(recorder, query),
    history: () => recorder.histories(peersOf(pass())),
    explain: (query) => {
      const service = query.get("service");
      if (service === null) throw new NotThere("Say which: ?service=NAMESPACE/NAME");
      const hosts = query.getAll("host").flatMap((text) => {
        const host = readAnswer("host", jsonOf(text));
        return host.ok ? [host.value] : [];
      });
      return explain({ ...subject(), hosts }, service);
    },
    plan: () => {
      const now = pass();
      return now === undefined ? null : planToJson(now.plan, []);
    },
    objects: () => snapshotToText(subject().snapshot),
  };
  return answers;
}

/** What the agent's answers are made of. */
export interface AgentKnown extends SelfKnown {
  readonly node: string;
  /** The last pass that went well, and what it found. */
  readonly host: () => HostKnown | undefined;
}

/** What shall be on the node, and what somebody else has there. */
export interface HostKnown {
  readonly wanted: HostState;
  /** Address to interface. */
  readonly refused: ReadonlyMap<string, string>;
  /** Whether the kernel was as it shall be after the last pass. */
  readonly settled: boolean;
}

/** What the agent answers. */
export function agentAnswers(known: AgentKnown): ApiAnswers {
  const { node, recorder, pulse, host } = known;
  const answers: Typed<"status" | "host" | "events"> = {
    status: () => ({
      ...statusOf(known, "agent"),
      ...{ leads: false, node, serveClassless: false },
    }),
    host: () => {
      const now = host();
      return {
        node,
        missing: pulse().missing,
        eips: (now?.wanted.eips ?? []).map(({ address, ports }) => {
          const refused = now?.refused.get(formatAddress(address)) ?? null;
          return {
            address: formatAddress(address),
            ports: ports.map(({ protocol, port }) => `${protocol} ${port}`),
            present: refused === null && now?.settled === true,
            refused,
          };
        }),
      };
    },
    events: (query) => entriesOf(recorder, query),
  };
  return answers;
}

function subjectNow(pass: ManagerPass | undefined, running: Running): Subject {
  if (pass === undefined) {
    throw new NotThere("Not every kind of object was listed yet; see /readyz");
  }
  const { snapshot, plan, unreachable, refusals } = pass;
  return { snapshot, plan, unreachable, refusals, running };
}

function peersOf(pass: ManagerPass | undefined): readonly PeerReport["name"][] {
  const { peers = [], agentPeers = [] } = pass?.plan ?? {};
  return [...peers, ...agentPeers.map(({ peer }) => peer)].map(({ name }) => name);
}

function statusOf(
  { version, startedAt, source, clock, pulse }: SelfKnown,
  mode: StatusReport["mode"],
): Omit<StatusReport, "leads" | "node" | "serveClassless"> {
  return {
    version,
    mode,
    source: Object.fromEntries(
      Object.entries(source).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, String(value)]]
      ),
    ),
    startedAt,
    now: clock.now(),
    missing: pulse().missing,
    faults: [],
    speaker: null,
    services: [],
  };
}

function speakerOf(
  plan: Subject["plan"] | undefined,
  { speaker }: Running,
): StatusReport["speaker"] {
  if (plan?.speaker === undefined || plan.conf === undefined) return null;
  const { as, routerId, listen } = plan.speaker;
  return {
    conf: plan.conf.name,
    as,
    routerId: formatAddress(routerId),
    port: listen?.port ?? null,
    listening: speaker.listening !== undefined,
    listenError: speaker.listenError ?? null,
    connectionsRefused: speaker.connectionsRefused,
  };
}

/** Those that have the text of ?filter= in one of their names, at most ?limit= of them. */
function picked<T>(
  all: readonly T[],
  query: URLSearchParams,
  { names, leftOff }: {
    readonly names: (each: T) => readonly string[];
    readonly leftOff: LeftOff;
  },
): readonly T[] {
  const filter = query.get("filter") ?? "";
  const found = filter === ""
    ? all
    : all.filter((each) => names(each).some((name) => name.includes(filter)));
  const most = numberOf(query, "limit") ?? found.length;
  if (found.length > most) leftOff("all", found.length - most);
  return found.slice(0, most);
}

/** The Eip of each address, by its host route. */
function poolsByPrefix({ services }: Subject["plan"]): ReadonlyMap<string, string> {
  return new Map(
    services.flatMap(({ assignments }) =>
      assignments.map(({ address, pool }) => [formatPrefix(hostPrefix(address)), pool])
    ),
  );
}

function entriesOf(recorder: Recorder, query: URLSearchParams): ApiAnswer<"events"> {
  const [after, limit] = [numberOf(query, "after"), numberOf(query, "limit")];
  return recorder.entries({
    ...(after === undefined ? {} : { after }),
    ...(limit === undefined ? {} : { limit }),
  });
}

/** What an agent said and the asker passes on; nothing where it is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
