/**
 * Kubeconfig files ("Organizing Cluster Access Using kubeconfig Files"). What porter cannot do as the
 * file says is refused by name, never passed over: a connection that is less guarded than its user
 * believes is worse than none.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import type { Clock } from "../../ports/mod.ts";
import type { Cluster, Identity } from "./cluster.ts";
import { ClusterConfigError, reasonOf } from "./errors.ts";
import { type ExecPlugin, execVersions, runExecPlugin } from "./exec_plugin.ts";
import { Fresh, freshMs, readConfigured } from "./fresh.ts";
import { isRecord, listOf, type Raw, record, text } from "./raw.ts";

/** Which part of which file. */
export interface KubeconfigOptions {
  readonly file: string;
  /** The context; the file's current-context where nothing is said. */
  readonly context?: string;
  readonly clock: Clock;
}

/** A piece of PEM: in the file, or in another one. */
type Pem = { readonly inline: string } | { readonly file: string };

/** What a kubeconfig says of one context. */
export interface KubeconfigContext {
  readonly server: string;
  readonly namespace: string;
  readonly ca?: Pem;
  readonly cert?: Pem;
  readonly key?: Pem;
  readonly token?: { readonly inline: string } | { readonly file: string };
  readonly exec?: ExecPlugin;
}

/** Reads a kubeconfig and everything it names. Throws ClusterConfigError. */
export async function fromKubeconfig(options: KubeconfigOptions): Promise<Cluster> {
  const { file, clock } = options;
  const context = readKubeconfig(await readConfigured(file, "kubeconfig"), options);
  const identity = new Fresh(clock, () => identityOf(context, clock));
  await identity.get();
  return {
    server: context.server,
    namespace: context.namespace,
    source: `kubeconfig "${file}"`,
    identity: () => identity.get(),
    renew: () => identity.forget(),
  };
}

/** Judges the text of a kubeconfig; no other file is read. Throws ClusterConfigError. */
export function readKubeconfig(
  source: string,
  options: Pick<KubeconfigOptions, "file" | "context">,
): KubeconfigContext {
  const reader = new Reader(options.file);
  let config: unknown;
  try {
    // A key that is a mapping would be written as text: minutes for 500 of them in one another.
    config = parse(source, { logLevel: "error", stringKeys: true });
  } catch (thrown) {
    return reader.fail(`it is not YAML: ${reasonOf(thrown)}`);
  }
  if (!isRecord(config)) return reader.fail("it is no kubeconfig");
  const name = options.context ?? text(config["current-context"]);
  if (name === "") return reader.fail("it has no current-context; name a context");
  const context = reader.named(config, "contexts", name, "context");
  const cluster = reader.named(config, "clusters", text(context.cluster), "cluster");
  const userName = text(context.user);
  const user = userName === "" ? {} : reader.named(config, "users", userName, "user");
  return {
    namespace: text(context.namespace) || "default",
    ...reader.cluster(cluster),
    ...reader.user(user, cluster),
  };
}

/** Reads parts of one file, and says which file it was when something is wrong. */
class Reader {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  fail(why: string): never {
    throw new ClusterConfigError(`Cannot use kubeconfig "${this.#file}": ${why}`);
  }

  named(config: Raw, list: string, name: string, field: string): Raw {
    const found = listOf(config[list]).find((each) => isRecord(each) && each.name === name);
    if (!isRecord(found) || !isRecord(found[field])) {
      const names = listOf(config[list]).map((each) => text(record(each).name));
      return this.fail(`${list} has no "${name}"; there is ${names.join(", ") || "none"}`);
    }
    return found[field];
  }

  cluster(cluster: Raw): Pick<KubeconfigContext, "server" | "ca"> {
    const refused: Record<string, string> = {
      "insecure-skip-tls-verify": "remove it and give certificate-authority",
      "proxy-url": "porter connects directly; remove it",
      "tls-server-name": "use a server name that is in the server's certificate",
    };
    for (const [field, advice] of Object.entries(refused)) {
      const value = cluster[field];
      if (value !== undefined && value !== null && value !== false && value !== "") {
        this.fail(`cluster.${field} is not supported; ${advice}`);
      }
    }
    const server = text(cluster.server).replace(/\/+$/, "");
    const protocol = URL.canParse(server) ? new URL(server).protocol : "";
    if (protocol !== "https:" && protocol !== "http:") {
      this.fail(`cluster.server is "${server}", which is no https address`);
    }
    const ca = this.#pem(cluster, "certificate-authority");
    return { server, ...(ca === undefined ? {} : { ca }) };
  }

  user(user: Raw, cluster: Raw): Omit<KubeconfigContext, "server" | "namespace" | "ca"> {
    for (const field of ["username", "password", "auth-provider", "as", "as-groups", "as-uid"]) {
      if (user[field] !== undefined && user[field] !== null && user[field] !== "") {
        this.fail(
          `user.${field} is not supported; use a client certificate, a token, tokenFile or exec`,
        );
      }
    }
    const [cert, key] = [this.#pem(user, "client-certificate"), this.#pem(user, "client-key")];
    if ((cert === undefined) !== (key === undefined)) {
      this.fail("user has one of client-certificate and client-key; both are needed");
    }
    const token = this.#token(user);
    const exec = isRecord(user.exec) ? this.#exec(user.exec, cluster) : undefined;
    return {
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(token === undefined ? {} : { token }),
      ...(exec === undefined ? {} : { exec }),
    };
  }

  /** The file is where a token rotates, so it wins over the text (as client-go has it). */
  #token(user: Raw): KubeconfigContext["token"] {
    const file = text(user.tokenFile);
    if (file !== "") return { file: this.#path(file) };
    const token = text(user.token);
    return token === "" ? undefined : { inline: token };
  }

  #pem(section: Raw, field: string): Pem | undefined {
    const data = text(section[`${field}-data`]);
    const file = text(section[field]);
    if (data === "") return file === "" ? undefined : { file: this.#path(file) };
    try {
      return { inline: atob(data.replace(/\s+/g, "")) };
    } catch {
      return this.fail(`${field}-data is not base64`);
    }
  }

  #exec(exec: Raw, cluster: Raw): ExecPlugin {
    const apiVersion = text(exec.apiVersion);
    if (!execVersions.includes(apiVersion)) {
      this.fail(`user.exec.apiVersion is "${apiVersion}"; use ${execVersions[0]}`);
    }
    const command = text(exec.command);
    if (command === "") this.fail("user.exec.command is missing");
    if (exec.interactiveMode === "Always") {
      this.fail("user.exec.interactiveMode is Always, but nobody is there to answer");
    }
    const env = listOf(exec.env).map((each) => [text(record(each).name), text(record(each).value)]);
    return {
      apiVersion,
      command: command.includes("/") ? this.#path(command) : command,
      args: listOf(exec.args).map(text),
      env: Object.fromEntries(env),
      installHint: text(exec.installHint),
      ...(exec.provideClusterInfo === true ? { cluster } : {}),
    };
  }

  /** Paths are meant from the folder of the kubeconfig. */
  #path(path: string): string {
    return resolve(dirname(resolve(this.#file)), path);
  }
}

async function identityOf(
  context: KubeconfigContext,
  clock: Clock,
): Promise<{ readonly value: Identity; readonly goodForMs: number }> {
  const ca = await pemText(context.ca, "certificate-authority");
  const cert = await pemText(context.cert, "client-certificate");
  const key = await pemText(context.key, "client-key");
  const token = await tokenText(context.token);
  const given = context.exec === undefined ? {} : await runExecPlugin(context.exec, clock);
  const { expiresAt, ...credential } = given;
  const value: Identity = {
    caCerts: ca === undefined ? [] : [ca],
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
    ...(token === undefined ? {} : { token }),
    ...credential,
  };
  if (context.exec === undefined) return { value, goodForMs: freshMs };
  // A little before it expires; without an expiry the program is asked again only when we are refused.
  return { value, goodForMs: (expiresAt ?? Infinity) - clock.now() - freshMs };
}

async function pemText(pem: Pem | undefined, what: string): Promise<string | undefined> {
  if (pem === undefined) return undefined;
  return "inline" in pem ? pem.inline : await readConfigured(pem.file, what);
}

async function tokenText(token: KubeconfigContext["token"]): Promise<string | undefined> {
  if (token === undefined) return undefined;
  return "inline" in token
    ? token.inline
    : (await readConfigured(token.file, "the user's token")).trim();
}
