/**
 * Conditions in the manner of the Kubernetes API conventions: one per type, other people's kept, the
 * time of transition moving only when the status does.
 *
 * @module
 */

/** What porter says; the time is added when it is written. */
export interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  /** One word, bounded: a refusal's name or one of porter's own. */
  readonly reason: string;
  readonly message: string;
}

/** Whether a Service's address is there. */
export const allocatedCondition = "porter.kubesphere.io/Allocated";

/** Whether a Service's address is announced. */
export const announcedCondition = "porter.kubesphere.io/Announced";

const serviceConditions: readonly string[] = [allocatedCondition, announcedCondition];

/** Whether a Service's status has a condition of porter's. */
export function hasServiceConditions(status: Readonly<Record<string, unknown>>): boolean {
  return conditionsOf(status).some((each) => serviceConditions.includes(typeOf(each)));
}

/**
 * The conditions as they shall be: those of the types in `mine` become `wanted`, all others stay.
 * Undefined when nothing would change.
 */
export function mergeConditions(
  status: Readonly<Record<string, unknown>>,
  mine: readonly string[],
  wanted: readonly Condition[],
  at: { readonly generation: number; readonly now: number },
): readonly unknown[] | undefined {
  const before = conditionsOf(status);
  const written = wanted.map((each) => {
    const old = before.find((other) => typeOf(other) === each.type);
    return conditionAt(each, old, at);
  });
  const after = [...before.filter((each) => !mine.includes(typeOf(each))), ...written];
  const same = after.length === before.length && written.every((each) => before.includes(each));
  return same ? undefined : after;
}

/** Service conditions as they shall be; see `mergeConditions`. */
export function mergeServiceConditions(
  status: Readonly<Record<string, unknown>>,
  wanted: readonly Condition[],
  at: { readonly generation: number; readonly now: number },
): readonly unknown[] | undefined {
  return mergeConditions(status, serviceConditions, wanted, at);
}

/** A time as the Kubernetes API writes it, to the second. */
export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, "Z");
}

/** The condition to write; the old one itself when it says the same. */
function conditionAt(
  wanted: Condition,
  old: unknown,
  at: { readonly generation: number; readonly now: number },
): unknown {
  const before = isRecord(old) ? old : {};
  const generation = at.generation === 0 ? undefined : at.generation;
  const same = before.status === wanted.status && before.reason === wanted.reason &&
    before.message === wanted.message && before.observedGeneration === generation;
  if (same && typeof before.lastTransitionTime === "string") return old;
  const kept = before.status === wanted.status ? before.lastTransitionTime : undefined;
  return {
    ...wanted,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    lastTransitionTime: typeof kept === "string" ? kept : formatTime(at.now),
  };
}

function conditionsOf(status: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Array.isArray(status.conditions) ? status.conditions : [];
}

function typeOf(condition: unknown): string {
  return isRecord(condition) && typeof condition.type === "string" ? condition.type : "";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
