/**
 * A kubeconfig as kubectl writes it, for an API server that a test plays.
 *
 * @module
 */

/** The text of one with one context; `current` names it unless another name is said. */
export function kubeconfigOf(
  server: string,
  { context, current = context }: { readonly context: string; readonly current?: string },
): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": current,
    clusters: [{ name: "c", cluster: { server } }],
    contexts: [{ name: context, context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user: { token: "t" } }],
  });
}
