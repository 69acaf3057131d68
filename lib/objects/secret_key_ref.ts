/**
 * `passwordSecretRef` of a BgpPeer: a Secret by name, and which of its keys. A Secret of type
 * kubernetes.io/basic-auth has its password under "password".
 *
 * @module
 */

import type { z } from "zod";
import { section, textThat } from "./field.ts";
import { objectName } from "./meta.ts";
import type { SecretKeyRef } from "./model.ts";

/** As the API server takes keys of a Secret. */
const keyPattern = /^[-._a-zA-Z0-9]{1,253}$/;

/** The key of a Secret of type kubernetes.io/basic-auth. */
export const defaultPasswordKey = "password";

/** The schema of the field. */
export const secretKeyRef = section({
  name: objectName().describe("The name of the Secret."),
  namespace: objectName().optional()
    .describe("The Secret's namespace; only porter's own is read in a cluster."),
  key: textThat("a key of a Secret", (text) => keyPattern.test(text)).optional()
    .describe("Which of its values; password where nothing is said."),
}).describe(
  "The password of the session (TCP MD5, RFC 2385), 1 to 80 bytes. While there is none, no " +
    "session is opened.",
);

/** What was said, with the default key. */
export function readSecretKeyRef(
  { name, namespace, key = defaultPasswordKey }: z.infer<typeof secretKeyRef>,
): SecretKeyRef {
  return { name, key, ...(namespace !== undefined && { namespace }) };
}
