/**
 * Credentials from a program, as kubeconfig's `exec` has it (client.authentication.k8s.io/v1).
 *
 * @module
 */

import type { Clock } from "../../ports/mod.ts";
import { ClusterConfigError, reasonOf } from "./errors.ts";
import { isRecord, type Raw, record, text } from "./raw.ts";

/** What a kubeconfig says of the program. */
export interface ExecPlugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What a kubeconfig says to do where the program is missing. */
  readonly installHint: string;
  /** What the program is told of the cluster, when it wants that. */
  readonly cluster?: Raw;
}

/** What the program gave. */
export interface ExecCredential {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** The versions that can be spoken. */
export const execVersions: readonly string[] = [
  "client.authentication.k8s.io/v1",
  "client.authentication.k8s.io/v1beta1",
];

/** So long the program may take. */
const limitMs = 60_000;

/** Runs the program. Throws ClusterConfigError, without anything that the program wrote to stdout. */
export async function runExecPlugin(plugin: ExecPlugin, clock: Clock): Promise<ExecCredential> {
  const info = {
    apiVersion: plugin.apiVersion,
    kind: "ExecCredential",
    spec: {
      interactive: false,
      ...(plugin.cluster === undefined ? {} : { cluster: plugin.cluster }),
    },
  };
  const limit = new AbortController();
  const cancel = clock.after(limitMs, () => limit.abort());
  try {
    const { code, stdout, stderr } = await new Deno.Command(plugin.command, {
      args: [...plugin.args],
      env: { ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      signal: limit.signal,
    }).output();
    if (limit.signal.aborted) fail(plugin, `it did not end within ${limitMs / 1000} seconds`);
    if (code !== 0) fail(plugin, `it ended with code ${code}: ${lastLine(stderr)}`);
    return readExecCredential(new TextDecoder().decode(stdout), plugin);
  } catch (thrown) {
    if (thrown instanceof ClusterConfigError) throw thrown;
    if (thrown instanceof Deno.errors.NotFound) {
      const hint = plugin.installHint.trim();
      return fail(plugin, `there is no such program${hint === "" ? "" : `; ${hint}`}`);
    }
    if (thrown instanceof Deno.errors.NotCapable) {
      const build = `deno task build --exec-plugin ${plugin.command}`;
      return fail(plugin, `this porter may not run it; build one that may: ${build}`);
    }
    return fail(plugin, reasonOf(thrown));
  } finally {
    cancel();
  }
}

/** Reads what the program wrote. */
export function readExecCredential(
  output: string,
  plugin: Pick<ExecPlugin, "apiVersion" | "command">,
): ExecCredential {
  let parsed: unknown;
  try {
    parsed = JSON.parse(output);
  } catch {
    return fail(plugin, "it did not write JSON");
  }
  const status = record(isRecord(parsed) ? parsed.status : undefined);
  if (record(parsed).apiVersion !== plugin.apiVersion) {
    return fail(plugin, `it does not speak ${plugin.apiVersion}`);
  }
  const [token, cert, key] = ["token", "clientCertificateData", "clientKeyData"]
    .map((field) => text(status[field]));
  const hasCert = cert !== "" && cert !== undefined && key !== "" && key !== undefined;
  if (!hasCert && (token === "" || token === undefined)) {
    return fail(plugin, "it gave neither a token nor a client certificate with its key");
  }
  const expiresAt = Date.parse(text(status.expirationTimestamp));
  return {
    ...(token === undefined || token === "" ? {} : { token }),
    ...(hasCert ? { cert, key } : {}),
    ...(Number.isNaN(expiresAt) ? {} : { expiresAt }),
  };
}

function fail(plugin: Pick<ExecPlugin, "command">, why: string): never {
  throw new ClusterConfigError(`Cannot get credentials from "${plugin.command}": ${why}`);
}

function lastLine(bytes: Uint8Array): string {
  const lines = new TextDecoder().decode(bytes).trim().split("\n");
  return (lines.at(-1) ?? "").slice(0, 200);
}
