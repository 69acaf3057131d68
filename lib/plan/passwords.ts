/**
 * The password of a BgpPeer, out of the Secret that it names. Never an empty one: a peer whose password
 * cannot be had has no session.
 *
 * @module
 */

import type { BgpPeer, SecretKeyRef, SecretObject, Snapshot } from "../objects/mod.ts";
import type { Refusal } from "../refusal/mod.ts";
import type { Secret } from "../secret/mod.ts";

/** Where Secrets are. */
export type Secrets = Pick<Snapshot, "secrets" | "unreadSecrets">;

/** A password, or none because none is asked for; or why there can be no session, if anything is said of it. */
export type PasswordVerdict =
  | { readonly ok: true; readonly password?: Secret }
  | { readonly ok: false; readonly refusal?: Refusal };

/** As far as the kernel goes (TCP_MD5SIG_MAXKEYLEN). */
const longest = 80;

/** Looks for the password of a peer. */
export function passwordOf({ ref, spec }: BgpPeer, secrets: Secrets): PasswordVerdict {
  const wanted = spec.passwordSecretRef;
  if (wanted === undefined) return { ok: true };
  const no = (reason: "PeerSecretMissing" | "PeerSecretInvalid", why: string): PasswordVerdict => {
    const message = `Cannot use spec.passwordSecretRef, so the session stays down: ${why}`;
    return { ok: false, refusal: { object: ref, reason, message } };
  };
  const name = wanted.namespace === undefined ? wanted.name : `${wanted.namespace}/${wanted.name}`;
  const found = (secrets.secrets ?? []).filter((each) => isMeant(each, wanted));
  const [secret, other] = found;
  if (other !== undefined) {
    return no("PeerSecretMissing", `several Secrets are named ${name}; say its namespace too`);
  }
  if (secret === undefined) {
    const unread = (secrets.unreadSecrets ?? []).find((each) =>
      each.name === wanted.name && (wanted.namespace ?? each.namespace) === each.namespace
    );
    if (unread !== undefined && unread.why === undefined) return { ok: false };
    return no("PeerSecretMissing", unread?.why ?? `there is no Secret ${name}; create it`);
  }
  if (!Object.hasOwn(secret.data, wanted.key)) {
    return no("PeerSecretMissing", `the Secret ${name} has no key ${wanted.key}; add it`);
  }
  const password = secret.data[wanted.key];
  const fault = password === undefined ? "is missing" : faultOf(password.reveal());
  return fault === undefined && password !== undefined
    ? { ok: true, password }
    : no("PeerSecretInvalid", `the value of ${wanted.key} in the Secret ${name} ${fault}`);
}

function isMeant({ ref }: SecretObject, { name, namespace }: SecretKeyRef): boolean {
  return ref.name === name && (namespace ?? ref.namespace) === ref.namespace;
}

/** What is wrong with a password, in words that do not tell it. */
function faultOf(text: string): string | undefined {
  if (text === "") return "is empty";
  const { length } = new TextEncoder().encode(text);
  if (length > longest) return `has ${length} bytes; at most ${longest} work`;
  if (/[\r\n]$/.test(text)) return "ends with a line break; write it without (printf, not echo)";
  // deno-lint-ignore no-control-regex -- those are what is looked for
  if (/[\u0000-\u001f\u007f\ufffd]/.test(text)) return "is not plain text: no leaf switch takes it";
  return undefined;
}
