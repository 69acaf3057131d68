/**
 * A container of manifests/ as the kubelet would start it, without a kubelet: its arguments, user 0 with
 * its capabilities alone, no_new_privs, a root file system that cannot be written, and the
 * ServiceAccount's files where they belong. Linux, root; mount namespaces by unshare(1), capabilities by
 * setpriv(1).
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { parseAllDocuments } from "yaml";

/** What manifests/ says of a container. */
export interface Container {
  readonly args: readonly string[];
  /** In the words of setpriv(1). */
  readonly capabilities: readonly string[];
}

interface Workload {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Raw[] } } };
}

interface Raw {
  readonly args: readonly string[];
  readonly securityContext: {
    readonly runAsUser: number;
    readonly allowPrivilegeEscalation: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly capabilities: { readonly drop: unknown; readonly add: readonly string[] };
  };
}

/** The one container of the workload that stands first in a file of manifests/. */
export async function containerOf(file: string): Promise<Container> {
  const url = new URL(`../../manifests/${file}`, import.meta.url);
  const [workload] = parseAllDocuments(await Deno.readTextFile(url));
  const { containers } = (workload?.toJS() as Workload).spec.template.spec;
  const [container] = containers;
  assert(container !== undefined && containers.length === 1);
  const { runAsUser, allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities } =
    container.securityContext;
  const rest = [runAsUser, allowPrivilegeEscalation, readOnlyRootFilesystem, capabilities.drop];
  assertEquals(rest, [0, false, true, ["ALL"]]);
  return {
    args: container.args,
    capabilities: capabilities.add.map((name) => name.toLowerCase()),
  };
}

/** What is put into a container. */
export interface ContainerOptions {
  readonly capabilities: readonly string[];
  /** A folder that may be written. */
  readonly writable?: string;
  /** A folder with the ServiceAccount's files: token, ca.crt, namespace. */
  readonly account?: string;
}

const accountFolder = "/run/secrets/kubernetes.io/serviceaccount";

/** The command as the container would run it. */
export function contained(
  command: readonly string[],
  { capabilities, writable, account }: ContainerOptions,
): readonly string[] {
  const kept = ["-all", ...capabilities.map((name) => `+${name}`)].join(",");
  const steps = [
    ...(writable === undefined ? [] : [`mount --bind '${writable}' '${writable}'`]),
    ...(account === undefined ? [] : [
      "mount -t tmpfs tmpfs /run",
      `mkdir -p ${accountFolder}`,
      `mount --bind '${account}' ${accountFolder}`,
    ]),
    "mount -o remount,bind,ro /",
    'exec "$@"',
  ];
  return [
    ...["unshare", "--mount", "sh", "-c", steps.join(" && "), "sh"],
    ...["setpriv", `--bounding-set=${kept}`, "--inh-caps=-all", "--no-new-privs"],
    ...command,
  ];
}
