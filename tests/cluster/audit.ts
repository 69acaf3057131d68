/**
 * The API server's own record of who asked for what (audit.k8s.io/v1), as RBAC names it.
 *
 * @module
 */

import { until } from "../../scripts/lab/mod.ts";
import type { Cluster } from "../../scripts/cluster/mod.ts";

/** What RBAC may grant, "verb group/resource", or "verb resource" in the core group. */
export type Access = string;

/** Writes down what ServiceAccounts of one namespace ask for. */
export class Audit {
  readonly #path: string;
  readonly #namespace: string;
  #from = 0;

  private constructor(path: string, namespace: string) {
    this.#path = path;
    this.#namespace = namespace;
  }

  /** Starts the API server again, with an audit log. */
  static async start(
    cluster: Cluster,
    namespace: string,
    accounts: readonly string[],
  ): Promise<Audit> {
    const [policy, log] = [`${cluster.lab.folder}/audit.yaml`, `${cluster.lab.folder}/audit.log`];
    const users = accounts.map((name) => `system:serviceaccount:${namespace}:${name}`);
    await Deno.writeTextFile(
      policy,
      JSON.stringify({
        apiVersion: "audit.k8s.io/v1",
        kind: "Policy",
        omitStages: ["RequestReceived"],
        rules: [{ level: "Metadata", users }, { level: "None" }],
      }),
    );
    await cluster.killApiserver();
    const flags = [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`];
    await cluster.startApiserver(flags);
    return new Audit(log, namespace);
  }

  /** Forgets what was asked for until now. */
  async reset(): Promise<void> {
    this.#from = (await this.#lines()).length;
  }

  /** What a ServiceAccount was granted, and what it was refused, of all it asked for. */
  async asked(account: string): Promise<{ allowed: Set<Access>; refused: Set<Access> }> {
    const user = `system:serviceaccount:${this.#namespace}:${account}`;
    const found = { allowed: new Set<Access>(), refused: new Set<Access>() };
    for (const line of (await this.#lines()).slice(this.#from)) {
      const entry = JSON.parse(line) as Entry;
      if (entry.user.username !== user || entry.objectRef === undefined) continue;
      const decision = entry.annotations?.["authorization.k8s.io/decision"];
      const access = accessOf(entry.verb, entry.objectRef);
      (decision === "allow" ? found.allowed : found.refused).add(access);
    }
    return found;
  }

  /** Waits until a ServiceAccount has used everything it may. */
  async until(account: string, granted: ReadonlySet<Access>): Promise<void> {
    const missing = async () => granted.difference((await this.asked(account)).allowed);
    await until(`${account} has used all it may`, async () => (await missing()).size === 0, {
      every: 200,
      otherwise: async () => `not used: ${[...await missing()].join(", ")}`,
    });
  }

  /** Whole lines only: the last one may still be written. */
  async #lines(): Promise<readonly string[]> {
    const text = await Deno.readTextFile(this.#path).catch(() => "");
    return text.slice(0, text.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "");
  }
}

interface Entry {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: ObjectRef;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface ObjectRef {
  readonly resource: string;
  readonly subresource?: string;
  readonly apiGroup?: string;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

function accessOf(verb: string, { resource, subresource, apiGroup }: ObjectRef): Access {
  return `${verb} ${apiGroup ? `${apiGroup}/` : ""}${resource}${
    subresource ? `/${subresource}` : ""
  }`;
}

/** Everything that the Roles and ClusterRoles of this name grant. */
export function grants(
  objects: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[],
  name: string,
): ReadonlySet<Access> {
  const found = new Set<Access>();
  for (const object of objects) {
    if (!/^(Cluster)?Role$/.test(object.kind) || object.metadata.name !== name) continue;
    for (const { apiGroups, resources, verbs } of (object as unknown as { rules: Rule[] }).rules) {
      for (const apiGroup of apiGroups) {
        for (const resource of resources) {
          for (const verb of verbs) found.add(accessOf(verb, { resource, apiGroup }));
        }
      }
    }
  }
  return found;
}
