/**
 * A plain client of the API server for tests: one request at a time, JSON in and out, and the
 * server-side apply of manifests. It is none of porter's code, so that porter's store is not tested
 * with itself.
 *
 * @module
 */

import { parseAllDocuments } from "yaml";
import { until } from "../lab/wait.ts";
import type { Identity } from "./kubeconfig.ts";

/** An object as it travels. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** What the API server answered. The body is JSON where it is, else text. */
export interface Answer<Body = unknown> {
  readonly status: number;
  readonly body: Body;
}

/** The API server refused a request. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(request: string, readonly status: number, readonly body: unknown) {
    const said = (body as { readonly message?: unknown } | null)?.message ?? body;
    super(`${request}: ${status}: ${typeof said === "string" ? said : JSON.stringify(said)}`);
  }
}

/** Where and as whom to ask. */
export interface ClientOptions {
  /** "https://..." without a path. */
  readonly server: string;
  /** PEM text. */
  readonly ca: string;
  readonly identity: Exclude<Identity, { readonly tokenFile: string }>;
}

/** A client with a connection of its own; `close` it. */
export class Client {
  readonly #server: string;
  readonly #token: string | undefined;
  readonly #http: Deno.HttpClient;
  /** The resources of a group and version: by kind. */
  readonly #resources = new Map<string, ReadonlyMap<string, Resource>>();

  constructor({ server, ca, identity }: ClientOptions) {
    this.#server = server;
    this.#token = "token" in identity ? identity.token : undefined;
    this.#http = Deno.createHttpClient({
      caCerts: [ca],
      ...("token" in identity ? {} : { cert: identity.certificate, key: identity.key }),
    });
  }

  /** Sends a request and gives what came; throws only when nothing came. */
  async request<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<Answer<Body>> {
    const response = await fetch(`${this.#server}${path}`, {
      method,
      client: this.#http,
      signal: AbortSignal.timeout(30_000),
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": contentType }),
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: parsed(await response.text()) as Body };
  }

  /** The same, for what must go well; gives the body. Throws an ApiError. */
  async must<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    contentType?: string,
  ): Promise<Body> {
    const answer = await this.request<Body>(method, path, body, contentType);
    if (answer.status >= 400) throw new ApiError(`${method} ${path}`, answer.status, answer.body);
    return answer.body;
  }

  /** A merge patch (RFC 7386); throws an ApiError. */
  patch<Body = unknown>(path: string, body: unknown): Promise<Body> {
    return this.must("PATCH", path, body, "application/merge-patch+json");
  }

  /**
   * Applies YAML documents, or objects, on the server; a namespace that is left out is "default". A
   * `status` is patched in, as the controllers of a whole cluster would. CustomResourceDefinitions
   * are waited for. Gives the objects as they then are; throws an ApiError for the first refused.
   */
  async apply(manifests: string | readonly KubeObject[]): Promise<readonly KubeObject[]> {
    const objects = typeof manifests === "string" ? readObjects(manifests) : manifests;
    const applied: KubeObject[] = [];
    for (const object of objects) applied.push(await this.#applyOne(object));
    return applied;
  }

  /** The path of an object, for `request`. */
  async pathOf(object: KubeObject): Promise<string> {
    const { plural, namespaced } = await this.#resource(object.apiVersion, object.kind);
    const namespace = namespaced ? `/namespaces/${object.metadata.namespace ?? "default"}` : "";
    return `${root(object.apiVersion)}${namespace}/${plural}/${object.metadata.name}`;
  }

  /**
   * The lines of an answer as they come, each read as JSON: a watch. Ends with the server's answer, or
   * when the signal is aborted.
   */
  async *lines<Line = unknown>(path: string, signal: AbortSignal): AsyncGenerator<Line> {
    // Compressed, each event would be a piece of its own, and the runtime reads only the first.
    const headers = {
      accept: "application/json",
      "accept-encoding": "identity",
      ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
    };
    const response = await fetch(`${this.#server}${path}`, { client: this.#http, signal, headers });
    if (!response.ok) throw new ApiError(`GET ${path}`, response.status, await response.text());
    let rest = "";
    const decoder = new TextDecoder();
    try {
      for await (const bytes of response.body ?? []) {
        const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) yield JSON.parse(line) as Line;
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
  }

  /** Closes its connection. */
  close(): void {
    this.#http.close();
  }

  async #applyOne(object: KubeObject): Promise<KubeObject> {
    const path = await this.pathOf(object);
    const { status } = await this.#resource(object.apiVersion, object.kind);
    const { status: wanted, ...rest } = object;
    const body = status ? rest : object;
    const apply = `${path}?fieldManager=test&force=true`;
    let applied = await this.must<KubeObject>("PATCH", apply, body, "application/apply-patch+yaml");
    // A Node's two InternalIPs cannot be applied: the type is the key of its list of addresses.
    if (status && wanted !== undefined) {
      applied = await this.patch(`${path}/status`, { status: wanted });
    }
    if (object.kind === "CustomResourceDefinition") await this.#established(path);
    return applied;
  }

  async #established(path: string): Promise<void> {
    await until(`${path} is established`, async () => {
      const { status } = await this.must<{ readonly status?: { conditions?: Condition[] } }>(
        "GET",
        path,
      );
      return status?.conditions?.some(({ type, status }) =>
        type === "Established" && status === "True"
      );
    });
  }

  /** Asks the server for what it serves; a kind that is new there is waited for a moment. */
  async #resource(apiVersion: string, kind: string): Promise<Resource> {
    const known = this.#resources.get(apiVersion)?.get(kind);
    if (known !== undefined) return known;
    const { value } = await until(`the API server serves ${kind} of ${apiVersion}`, async () => {
      const { status, body } = await this.request<ResourceList>("GET", root(apiVersion));
      if (status !== 200) return undefined;
      this.#resources.set(apiVersion, byKind(body));
      return this.#resources.get(apiVersion)?.get(kind);
    }, { timeout: 5_000 });
    return value;
  }
}

/** The objects of YAML documents. Throws for YAML that is none. */
export function readObjects(yaml: string): readonly KubeObject[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const object = document.toJS() as KubeObject | null;
    return object === null ? [] : [object];
  });
}

/** A resource of the API. */
interface Resource {
  readonly plural: string;
  readonly namespaced: boolean;
  /** It has a status of its own. */
  readonly status: boolean;
}

interface ResourceList {
  readonly resources: readonly { name: string; kind: string; namespaced: boolean }[];
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

function byKind({ resources }: ResourceList): ReadonlyMap<string, Resource> {
  const names = new Set(resources.map(({ name }) => name));
  return new Map(
    resources.filter(({ name }) => !name.includes("/")).map(({ name, kind, namespaced }) => [
      kind,
      { plural: name, namespaced, status: names.has(`${name}/status`) },
    ]),
  );
}

function root(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
