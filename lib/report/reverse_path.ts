/**
 * Which interfaces of a node drop what comes in by them and would be answered by another one (RFC 3704, Linux
 * ip-sysctl `rp_filter`: 1 is strict, 2 loose; the higher of `conf.all` and of the interface counts).
 *
 * @module
 */

/** What was said of it; undefined where it could not be asked. */
export interface ReversePathSymptoms {
  /** `sysctl -a -r rp_filter`. */
  readonly filters: string | undefined;
  /** `ip -o -4 address show up scope global`. */
  readonly addresses: string | undefined;
  /** `ip -o -4 route`. */
  readonly routes: string | undefined;
}

/** The interfaces that packets of clients come in by, and which of them are strict. */
export interface ReversePaths {
  readonly looked: readonly string[];
  readonly strict: readonly string[];
}

/**
 * Looks at every interface with an IPv4 address or a route to a gateway, which one without an address may
 * have too (RFC 8950). The nodes' ends of pods have neither, and are strict by right. Undefined where something
 * could not be asked.
 */
export function reversePaths(
  { filters, addresses, routes }: ReversePathSymptoms,
): ReversePaths | undefined {
  if (filters === undefined || addresses === undefined || routes === undefined) return undefined;
  const values = new Map<string, number>();
  // A dot in the name of an interface is printed as a slash.
  for (
    const [, name = "", value] of filters.matchAll(/^net\.ipv4\.conf\.(\S+)\.rp_filter = (\d)/gm)
  ) {
    values.set(name.replaceAll("/", "."), Number(value));
  }
  const all = values.get("all");
  if (all === undefined) return undefined;
  const looked = [
    ...[...addresses.matchAll(/^\d+: (\S+) /gm)].map(([, name = ""]) => name),
    ...[...routes.matchAll(/\bvia (?:inet6 )?\S+ dev (\S+)/g)].map(([, name = ""]) => name),
  ].filter((name, at, names) => name !== "lo" && names.indexOf(name) === at);
  const strict = looked.filter((name) => Math.max(all, values.get(name) ?? 0) === 1);
  return { looked, strict };
}
