/**
 * The order in which assignments are written, such that two managers that both believe they lead never
 * give one address to two Services (docs/adr/0020):
 *
 * 1. Services that only leave addresses, and a fence before every claim that is dropped;
 * 2. Eips: the claims, each at the version of the Eip that was read;
 * 3. Services that get addresses, each at the version of the Service that was read.
 *
 * An address goes from one Service to another in two passes where the first gets another one for it:
 * it is claimed for the second when the first is seen without it.
 *
 * @module
 */

import type { Assignment } from "../ipam/mod.ts";
import { type AddressKey, addressKey, parseAddress, sameAddress, unmapped } from "../net/mod.ts";
import { type Eip, recordAnnotation, releasedAnnotation, type Service } from "../objects/mod.ts";
import { type ObjectRef, refKey } from "../refusal/mod.ts";
import { claimantsOf } from "./claims.ts";
import type { PoolUse, ServicePlan } from "./model.ts";
import type { StatusPatch } from "./patch.ts";

/** A Service's part of the plan, and the patch that would write it. */
export interface Written {
  readonly planned: ServicePlan;
  readonly service: Service;
  readonly patch: StatusPatch;
  /** The patch for another plan of the same Service. */
  readonly instead: (planned: ServicePlan) => StatusPatch | undefined;
}

/** What can be written in this pass, and when. */
export interface Stages {
  /** Before the Eips. */
  readonly leaving: readonly StatusPatch[];
  /** After the Eips. */
  readonly taking: readonly StatusPatch[];
  /** Planned, but given only in a later pass: no claim is made yet. */
  readonly withheld: ReadonlySet<Assignment>;
  /** The pools of which Services get addresses in this pass. */
  readonly givers: ReadonlySet<string>;
  /** Left by the plan, but not let go of before the Eips are written: their claims stay. */
  readonly kept: readonly KeptUse[];
}

/** An address that a Service still has, and its pool. */
export interface KeptUse extends PoolUse {
  readonly pool: string;
}

/**
 * Sorts the patches of Services by what they do. `standing` are claims for Services that cannot be written
 * now, and that no pool's plan has: they stay, and nobody else gets those addresses.
 */
export function stagesOf(written: readonly Written[], standing: readonly KeptUse[] = []): Stages {
  const leaving: StatusPatch[] = [];
  const taking: StatusPatch[] = [];
  const withheld = new Set<Assignment>();
  const givers = new Set<string>();
  const movers: (readonly [Written, readonly Assignment[]])[] = [];
  for (const each of written) {
    const gains = gainsOf(each);
    if (gains.length === 0) {
      if (each.planned.released.length === 0) taking.push(again(each));
      else leaving.push(fenced(each.patch, each.service));
    } else if (losesDispute(each, gains)) {
      for (const gain of gains) withheld.add(gain);
      const assignments = each.planned.assignments.filter((other) => !gains.includes(other));
      const patch = each.instead({ ...each.planned, assignments });
      if (patch !== undefined) leaving.push(fenced(patch, each.service));
    } else movers.push([each, gains]);
  }
  const left = new Map<AddressKey, ServicePlan[]>();
  for (const [{ planned }] of movers) {
    for (const address of planned.released) {
      const key = addressKey(address);
      left.set(key, [...left.get(key) ?? [], planned]);
    }
  }
  const stand = new Set(standing.map(({ address }) => addressKey(address)));
  for (const [{ planned, patch, service }, gains] of movers) {
    const waits = gains.some(({ address }) =>
      stand.has(addressKey(address)) ||
      left.get(addressKey(address))?.some((each) => each !== planned)
    );
    if (waits) { for (const gain of gains) withheld.add(gain); }
    else {
      const after = [...new Set(gains.map(({ pool }) => pool))].map(eipRef);
      taking.push({ ...fenced(patch, service), after });
      for (const { pool } of gains) givers.add(pool);
    }
  }
  const kept = [...movers.flatMap(([each]) => keptBy(each)), ...standing];
  return { leaving, taking, withheld, givers, kept };
}

function eipRef(name: string): ObjectRef {
  return { kind: "Eip", namespace: "", name };
}

/** What the Service shall have and does not have by its record. */
function gainsOf({ planned, service }: Written): readonly Assignment[] {
  return planned.assignments.filter((each) =>
    !service.holds.some((hold) =>
      hold.pool !== undefined && sameAddress(hold.address, each.address)
    )
  );
}

/**
 * Whether it gets another address in place of a recorded one without having asked for it: an older
 * Service had that one. Its record goes first, since while it stands nobody would know a claim for
 * another address from a stale one.
 */
function losesDispute({ planned, service }: Written, gains: readonly Assignment[]): boolean {
  const text = parseAddress(service.requested?.text ?? "");
  const asked = text === undefined ? undefined : unmapped(text);
  return gains.some(({ address }) =>
    (asked === undefined || !sameAddress(asked, address)) &&
    service.holds.some((hold) =>
      hold.pool !== undefined && hold.address.family === address.family &&
      planned.released.some((each) => sameAddress(each, hold.address))
    )
  );
}

function keptBy({ planned, service }: Written): readonly KeptUse[] {
  return service.holds.flatMap(({ address, pool }) =>
    pool !== undefined && planned.released.some((each) => sameAddress(each, address))
      ? [{ address, pool, service: service.ref }]
      : []
  );
}

/** A patch that gives nothing new: whoever says again what is held must still be right about it. */
function again({ patch, service }: Written): StatusPatch {
  const holding = patch.annotations?.[recordAnnotation] ?? patch.status?.loadBalancer ?? null;
  return holding === null ? patch : fenced(patch, service);
}

function fenced(patch: StatusPatch, { resourceVersion }: Service): StatusPatch {
  return resourceVersion === "" ? patch : { ...patch, ifUnchanged: resourceVersion };
}

/**
 * Patches that make sure that nobody still writes an address onto a Service whose claim is dropped:
 * the Service must be as it was read; one that was not read must be gone, or is marked to be seen.
 */
export function fences(
  eips: readonly (readonly [Eip, StatusPatch])[],
  services: readonly Service[],
  leaving: readonly StatusPatch[],
): readonly StatusPatch[] {
  const done = new Set(leaving.filter((each) => each.ifUnchanged !== undefined).map(patchKey));
  const found: StatusPatch[] = [];
  let byKey: ReadonlyMap<string, Service> | undefined;
  for (const [eip, patch] of eips) {
    for (const [text, object] of dropped(eip, patch)) {
      const key = refKey(object);
      if (done.has(key)) continue;
      done.add(key);
      byKey ??= new Map(services.map((each) => [refKey(each.ref), each]));
      const service = byKey.get(key);
      const token = service === undefined ? `${text}@${eip.resourceVersion}` : null;
      const fence: StatusPatch = { object, annotations: { [releasedAnnotation]: token } };
      found.push(service === undefined ? { ...fence, mustBeGone: true } : fenced(fence, service));
    }
  }
  return found;
}

/** The patch of an Eip, to be written only when those are of which it drops claims. */
export function afterThoseDropped(eip: Eip, patch: StatusPatch): StatusPatch {
  const services = new Map(dropped(eip, patch).map(([, ref]) => [refKey(ref), ref]));
  return services.size === 0 ? patch : { ...patch, after: [...services.values()] };
}

/** The claims of an Eip's status that the patch drops. */
function dropped({ status }: Eip, patch: StatusPatch): readonly (readonly [string, ObjectRef])[] {
  const before = status.used;
  const after = patch.status?.used;
  if (after === undefined || typeof before !== "object" || before === null) return [];
  const was = before as Readonly<Record<string, unknown>>;
  const now = after as Readonly<Record<string, string>>;
  const found: (readonly [string, ObjectRef])[] = [];
  for (const text in was) {
    const services = was[text];
    if (typeof services !== "string" || now[text] === services) continue;
    const staying = new Set(claimantsOf(now[text] ?? "").map(refKey));
    for (const each of claimantsOf(services)) {
      if (!staying.has(refKey(each))) found.push([text, each]);
    }
  }
  return found;
}

function patchKey({ object }: StatusPatch): string {
  return refKey(object);
}
