/**
 * One page of a list (https://kubernetes.io/docs/reference/using-api/api-concepts/, "Retrieving large results
 * sets in chunks").
 *
 * @module
 */

import type { RestClient } from "./client.ts";
import { listOf, type Raw, record, text, versionOf, withoutManagers } from "./raw.ts";
import { collectionPath, type Resource } from "./resources.ts";

/** What a page says. */
export interface ListPage {
  readonly items: readonly Raw[];
  /** The list's metadata.resourceVersion; "" where it has none. */
  readonly version: string;
  /** What asks for the next page as `continue`; "" on the last one. */
  readonly next: string;
}

/** Who is asked for what; `query` comes beside the resource's own. */
export interface ListPageOptions {
  readonly client: RestClient;
  readonly resource: Resource;
  readonly query: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Reads a page; throws what requests throw. */
export async function listPage(
  { client, resource, query, signal }: ListPageOptions,
): Promise<ListPage> {
  const page = record(
    await client.performRequest({
      method: "GET",
      path: collectionPath(resource),
      querystring: new URLSearchParams({ ...resource.query, ...query }),
      expectJson: true,
      abortSignal: signal,
    }),
  );
  return {
    items: listOf(page.items).map(record).map(withoutManagers),
    version: versionOf(page),
    next: text(record(page.metadata).continue),
  };
}
