/**
 * What speakers say of their sessions: a ConfigMap of each in porter's namespace, that goes with the Node.
 * Nobody watches them, so one that changes costs the API server one write (docs/adr/0029).
 *
 * @module
 */

import { formatReport, parseReport } from "../../plan/mod.ts";
import type { ReportStore, SpeakerName, SpeakerReport } from "../../ports/mod.ts";
import type { RestClient } from "./client.ts";
import { ApiError } from "./errors.ts";
import { listOf, record, text } from "./raw.ts";

/** Where the reports are. */
export interface KubernetesReportsOptions {
  readonly client: RestClient;
  readonly namespace: string;
  /** metadata.uid of a node's Node object; "" where it is not known. */
  readonly uidOf?: (node: string) => string;
}

/** The label that tells reports from other ConfigMaps. */
const label = { "porter.kubesphere.io/report": "speaker" };

/** So many are read with one request. */
const page = 500;

/** Milliseconds in which the server must answer; a manager that ends waits for no more than this. */
const timeouts = { DELETE: 2_000, others: 10_000 };

/** The reports of a cluster. */
export class KubernetesReports implements ReportStore {
  readonly #options: KubernetesReportsOptions;
  readonly #collection: string;

  /** Neither reads nor writes yet. */
  constructor(options: KubernetesReportsOptions) {
    this.#options = options;
    this.#collection = `/api/v1/namespaces/${options.namespace}/configmaps`;
  }

  /** Replaces the speaker's report; throws when the world fails. */
  async write(report: SpeakerReport): Promise<void> {
    const name = configMapOf(report);
    const object = {
      metadata: { labels: label, ...this.#owner(report.name) },
      data: { role: report.role, name: report.name, sessions: formatReport(report) },
    };
    try {
      await this.#ask("PATCH", `${this.#collection}/${name}`, object);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code !== 404) throw thrown;
      await this.#ask("POST", this.#collection, {
        apiVersion: "v1",
        kind: "ConfigMap",
        ...object,
        metadata: { ...object.metadata, name },
      });
    }
  }

  /** The reports there are; what is none is passed over. Throws when the world fails. */
  async read(): Promise<readonly SpeakerReport[]> {
    const found: SpeakerReport[] = [];
    let next = "";
    do {
      const labelSelector = Object.entries(label).map((each) => each.join("=")).join();
      const query = {
        labelSelector,
        limit: String(page),
        ...(next === "" ? {} : { continue: next }),
      };
      const list = record(await this.#ask("GET", this.#collection, undefined, query));
      for (const item of listOf(list.items)) {
        const { role, name, sessions } = record(record(item).data);
        if (role !== "agent" && role !== "manager") continue;
        const report = parseReport({ role, name: text(name) }, text(sessions));
        if (report !== undefined) found.push(report);
      }
      next = text(record(list.metadata).continue);
    } while (next !== "");
    return found;
  }

  /** Takes a report away, if there is one; throws when the world fails. */
  async remove(speaker: SpeakerName): Promise<void> {
    try {
      await this.#ask("DELETE", `${this.#collection}/${configMapOf(speaker)}`);
    } catch (thrown) {
      if (!(thrown instanceof ApiError) || thrown.code !== 404) throw thrown;
    }
  }

  /** With the Node goes its report. */
  #owner(node: string): Readonly<Record<string, unknown>> {
    const uid = this.#options.uidOf?.(node) ?? "";
    if (uid === "") return {};
    return { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: node, uid }] };
  }

  #ask(
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    bodyJson?: unknown,
    query: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const timeoutMs = method === "DELETE" ? timeouts.DELETE : timeouts.others;
    const writes = bodyJson === undefined ? {} : { fieldManager: "porter-report" };
    return this.#options.client.performRequest({
      method,
      path,
      querystring: new URLSearchParams({ ...query, ...writes }),
      ...(bodyJson === undefined ? {} : { bodyJson }),
      ...(method === "PATCH" ? { contentType: "application/merge-patch+json" } : {}),
      expectJson: true,
      abortSignal: AbortSignal.timeout(timeoutMs + 1000),
      timeoutMs,
    });
  }
}

/** A manager's own name for itself may have letters that names of objects have not (RFC 1123). */
function configMapOf({ role, name }: SpeakerName): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-").slice(0, 200);
  return `porter-${role}-${plain}`;
}
