/**
 * The text of a kubeconfig, everything embedded, as JSON, which is YAML too.
 *
 * @module
 */

/** Who a client is to the API server. */
export type Identity =
  | { readonly token: string }
  /** Read anew when it changes, as a ServiceAccount's projected token is. */
  | { readonly tokenFile: string }
  /** PEM texts. */
  | { readonly certificate: string; readonly key: string };

/** What a kubeconfig is made of. */
export interface KubeconfigOptions {
  /** "https://..." */
  readonly server: string;
  /** PEM text. */
  readonly ca: string;
  readonly identity: Identity;
  readonly namespace?: string;
}

/** A kubeconfig with one context, "test". */
export function kubeconfigText(options: KubeconfigOptions): string {
  const cluster = { server: options.server, "certificate-authority-data": base64(options.ca) };
  const namespace = options.namespace === undefined ? {} : { namespace: options.namespace };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster }],
    users: [{ name: "test", user: userOf(options.identity) }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test", ...namespace } }],
    "current-context": "test",
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

function userOf(identity: Identity): Record<string, string> {
  if ("certificate" in identity) {
    return {
      "client-certificate-data": base64(identity.certificate),
      "client-key-data": base64(identity.key),
    };
  }
  return { ...identity };
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
