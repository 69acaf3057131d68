/**
 * The rings of the design as data, in one place: which folder lies in which ring, and which packages
 * a folder may use. `scripts/layers.ts` checks imports against it, `scripts/lint/rings.ts` names.
 *
 * @module
 */

/** 0 pure, 1 ports, 2 loops, 3 adapters, 4 wiring. An import goes to the same ring or inwards. */
export type Ring = 0 | 1 | 2 | 3 | 4;

/** Every folder of lib (a folder below a listed one belongs to it), and main.ts. */
export const rings: Readonly<Record<string, Ring>> = {
  "lib/result": 0,
  "lib/net": 0,
  "lib/secret": 0,
  "lib/refusal": 0,
  "lib/bgp/model": 0,
  "lib/bgp/wire": 0,
  "lib/bgp/fsm": 0,
  "lib/bgp/rib": 0,
  "lib/bfd/wire": 0,
  "lib/bfd/session": 0,
  "lib/objects": 0,
  "lib/ipam": 0,
  "lib/plan": 0,
  "lib/host": 0,
  "lib/migrate": 0,
  "lib/report": 0,
  "lib/ports": 1,
  "lib/bgp/speaker": 2,
  "lib/bgp": 2,
  "lib/bfd/monitor": 2,
  "lib/bfd": 2,
  "lib/wake": 2,
  "lib/leadership": 2,
  "lib/reporting": 2,
  "lib/liveness": 2,
  "lib/manager": 2,
  "lib/agent": 2,
  "lib/system": 3,
  "lib/store": 3,
  "lib/observe": 3,
  "lib/cli": 4,
  "main.ts": 4,
};

/** Packages, and the folders that may import them. "node:" is for rings 3 and 4. */
export const packages: Readonly<Record<string, readonly string[]>> = {
  "zod": ["lib/objects", "lib/report"],
  "yaml": ["lib/objects", "lib/store", "lib/cli"],
  "prom-client": ["lib/observe"],
  "commander": ["lib/cli"],
  "@commander-js/extra-typings": ["lib/cli"],
};

/** Parts that are usable on their own and know nothing of Kubernetes. */
export const standingAlone: readonly string[] = ["lib/bgp", "lib/bfd"];

/** What those may use besides their own folders. */
export const aloneMayUse: readonly string[] = [
  "lib/result",
  "lib/net",
  "lib/secret",
  "lib/ports",
];

/** The listed folder that a path relative to the checkout belongs to, the longest one. */
export function folderOf(path: string): string | undefined {
  let found: string | undefined;
  for (const folder of Object.keys(rings)) {
    const inside = path === folder || path.startsWith(folder + "/");
    if (inside && folder.length > (found?.length ?? 0)) found = folder;
  }
  return found;
}

/** The ring of a path relative to the checkout, or undefined when it is in no listed folder. */
export function ringOf(path: string): Ring | undefined {
  const folder = folderOf(path);
  return folder === undefined ? undefined : rings[folder];
}
