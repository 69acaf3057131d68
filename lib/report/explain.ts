/**
 * Why a Service is, or is not, reached from outside: the chain from the object to its packets, link
 * by link, and the first link that does not hold. A function of what is known; where nobody runs, what
 * only a running porter knows is "unknown".
 *
 * @module
 */

import { formatPrefix } from "../net/mod.ts";
import { formatFault, type Service } from "../objects/mod.ts";
import { refKey } from "../refusal/mod.ts";
import { hostLink, peersLink, speakerLink } from "./far_links.ts";
import {
  addressLink,
  broken,
  type Case,
  endpointsLink,
  fine,
  nextHopsLink,
  optInLink,
  poolLink,
} from "./links.ts";
import type { ChainReport, LinkReport } from "./model.ts";
import type { Subject } from "./subject.ts";
import { nameOf } from "./text.ts";

const links = [
  optInLink,
  poolLink,
  addressLink,
  endpointsLink,
  nextHopsLink,
  speakerLink,
  peersLink,
  hostLink,
] as const;

/** Explains the Service "namespace/name"; "name" is looked for in namespace default. */
export function explain(subject: Subject, name: string): ChainReport {
  const full = name.includes("/") ? name : `default/${name}`;
  const service = subject.snapshot.services.find(({ ref }) => nameOf(ref) === full);
  if (service === undefined) return chain(full, [missing(subject, full)]);
  const first = fine("Service", [factsOf(service)]);
  if (!subject.snapshot.complete) return chain(full, [first, broken("objects", "NotListed", [])]);
  const planned = subject.plan.services.find((each) =>
    refKey(each.service) === refKey(service.ref)
  );
  const about: Case = { subject, service, planned };
  const optIn = optInLink(about);
  // What is not porter's has no pool, no address and no route: there is nothing to judge.
  if (optIn.verdict === "broken") return chain(full, [first, optIn]);
  return chain(full, [first, ...links.map((link) => link(about))]);
}

function chain(service: string, all: readonly LinkReport[]): ChainReport {
  const at = all.findIndex(({ verdict }) => verdict === "broken");
  return { service, broken: at < 0 ? null : all[at]?.title ?? null, links: all };
}

function factsOf({ ports, families, externalTrafficPolicy, ref }: Service): string {
  const list = ports.map(({ protocol, port }) => `${protocol.toLowerCase()} ${port}`).join(", ");
  const text = families.map((family) => `IPv${family}`).join(" and ");
  return `${nameOf(ref)}: ${list === "" ? "no ports" : list}; ${text}; ${externalTrafficPolicy}`;
}

/** There is none: perhaps it cannot be read, or is somewhere else. */
function missing({ snapshot, plan }: Subject, full: string): LinkReport {
  const own = snapshot.faults.filter(({ object }) =>
    object?.kind === "Service" && nameOf(object) === full
  );
  if (own.length > 0) return broken("Service", "InvalidObject", own.map(formatFault));
  if (!snapshot.complete) return broken("Service", "NotListed", []);
  const [namespace = "", name = ""] = full.split("/");
  const elsewhere = snapshot.services.filter(({ ref }) =>
    ref.name === name && ref.namespace !== namespace
  );
  const files = snapshot.faults.filter(({ object }) => object === undefined);
  return broken("Service", "NotFound", [
    `there is no Service ${full}`,
    ...(plan.hold?.held ?? []).filter(({ owners }) => owners.some((each) => nameOf(each) === full))
      .map(({ last: { prefix } }) =>
        `the brake holds ${formatPrefix(prefix)}, which it had (WithdrawalsHeld): see porter brake`
      ),
    ...elsewhere.slice(0, 5).map(({ ref }) => `there is a Service ${nameOf(ref)}`),
    ...files.slice(0, 5).map(formatFault),
  ]);
}
