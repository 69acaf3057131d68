/**
 * What porter says of an object of the directory: the status files beside the user's.
 *
 * @module
 */

import { parse } from "yaml";

/** Porter's side of one object. */
export interface StatusFile {
  readonly path: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: Readonly<Record<string, unknown>>;
}

/** One entry of `status.conditions`. */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Reads the status file of a Service of namespace default, or of an object without namespace. */
export async function readStatus(
  manifestFolder: string,
  kind: string,
  name: string,
): Promise<StatusFile | undefined> {
  const folder = kind === "Service" ? `${kind}/default` : kind;
  const path = `${manifestFolder}/.status/${folder}/${name}.yaml`;
  try {
    const document = parse(await Deno.readTextFile(path)) as {
      metadata?: { annotations?: Record<string, string> };
      status?: Record<string, unknown>;
    };
    return {
      path,
      annotations: document.metadata?.annotations ?? {},
      status: document.status ?? {},
    };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

/** The conditions of a status. */
export function conditionsOf(file: StatusFile): readonly Condition[] {
  return (file.status["conditions"] ?? []) as readonly Condition[];
}

/** The addresses in status.loadBalancer.ingress. */
export function ingressOf(file: StatusFile): readonly string[] {
  const balancer = file.status["loadBalancer"] as
    | { ingress?: readonly { ip?: string }[] }
    | undefined;
  return (balancer?.ingress ?? []).map((entry) => entry.ip ?? "").filter((ip) => ip !== "");
}
