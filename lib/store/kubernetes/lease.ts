/**
 * The Lease (coordination.k8s.io/v1) by which managers elect who writes. Written by merge patch with
 * the version that was read as its condition, so that of two who write at once one is told no.
 *
 * @module
 */

import type { Lease, LeaseStore, VersionedLease } from "../../ports/mod.ts";
import type { RestClient } from "./client.ts";
import { ApiError } from "./errors.ts";
import { microTime } from "./events.ts";
import { record, text, versionOf } from "./raw.ts";

/** Where the Lease is. */
export interface KubernetesLeasesOptions {
  readonly client: RestClient;
  readonly namespace: string;
  readonly name: string;
  /**
   * Milliseconds in which the server must answer: well below the election's deadline. 3,000 by default.
   * A connection that died without a word is noticed by this first (connection.ts).
   */
  readonly timeoutMs?: number;
}

/** The LeaseStore of a cluster. */
export class KubernetesLeases implements LeaseStore {
  readonly #options: KubernetesLeasesOptions;
  readonly #collection: string;

  constructor(options: KubernetesLeasesOptions) {
    this.#options = options;
    this.#collection = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
  }

  async read(): Promise<VersionedLease | undefined> {
    try {
      const path = `${this.#collection}/${this.#options.name}`;
      return versioned(await this.#ask({ method: "GET", path }));
    } catch (thrown) {
      if (thrown instanceof ApiError && thrown.code === 404) return undefined;
      throw thrown;
    }
  }

  async write(lease: Lease, version: string | undefined): Promise<VersionedLease | undefined> {
    const { name } = this.#options;
    try {
      if (version === undefined) {
        const bodyJson = {
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: { name },
          spec: specOf(lease),
        };
        return versioned(await this.#ask({ method: "POST", path: this.#collection, bodyJson }));
      }
      return versioned(
        await this.#ask({
          method: "PATCH",
          path: `${this.#collection}/${name}`,
          contentType: "application/merge-patch+json",
          bodyJson: { metadata: { resourceVersion: version }, spec: specOf(lease) },
        }),
      );
    } catch (thrown) {
      // 404: somebody deleted it meanwhile; the next look makes it anew.
      if (thrown instanceof ApiError && (thrown.code === 409 || thrown.code === 404)) {
        return undefined;
      }
      throw thrown;
    }
  }

  #ask(request: {
    readonly method: "GET" | "POST" | "PATCH";
    readonly path: string;
    readonly contentType?: string;
    readonly bodyJson?: unknown;
  }): Promise<unknown> {
    const { client, timeoutMs = 3000 } = this.#options;
    const querystring = new URLSearchParams(
      request.method === "GET" ? {} : { fieldManager: "porter" },
    );
    // All tries together, also where the server asks to come back later.
    const abortSignal = AbortSignal.timeout(timeoutMs + 1000);
    const options = { ...request, querystring, abortSignal, timeoutMs };
    return client.performRequest({ ...options, expectJson: true });
  }
}

function specOf(lease: Lease): Record<string, unknown> {
  return {
    holderIdentity: lease.holder,
    leaseDurationSeconds: lease.duration,
    acquireTime: microTime(lease.acquiredAt),
    renewTime: microTime(lease.renewedAt),
    leaseTransitions: lease.transitions,
  };
}

/** Whatever somebody wrote into it, a Lease that cannot be read counts as one nobody holds. */
function versioned(raw: unknown): VersionedLease {
  const spec = record(record(raw).spec);
  return {
    version: versionOf(record(raw)),
    lease: {
      holder: text(spec.holderIdentity),
      duration: numberOf(spec.leaseDurationSeconds),
      acquiredAt: millisecondsOf(spec.acquireTime),
      renewedAt: millisecondsOf(spec.renewTime),
      transitions: numberOf(spec.leaseTransitions),
    },
  };
}

function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}

function millisecondsOf(value: unknown): number {
  const read = Date.parse(text(value));
  return Number.isNaN(read) ? 0 : read;
}
