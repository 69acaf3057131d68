/**
 * What `birdc` prints, as values: BIRD 2.0 and later.
 *
 * @module
 */

/** A prefix in BIRD's table. */
export interface BirdRoute {
  readonly prefix: string;
  readonly paths: readonly BirdPath[];
}

/** One path of a prefix. */
export interface BirdPath {
  /** The gateway; "" where there is none (unreachable and the like). */
  readonly via: string;
  readonly protocol: string;
  /** The one BIRD would use alone. */
  readonly best: boolean;
  /** "BGP.local_pref" and so on, as BIRD writes them. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** A BGP session as BIRD shows it. */
export interface BirdProtocol {
  /** BGP's state: "Established", "Active", "Passive", "Down", ... */
  readonly state: string;
  /** Since when the protocol is as it is, as BIRD writes it. */
  readonly since: string;
  /** For example "Received: Administrative shutdown"; "" when there was none. */
  readonly lastError: string;
  /** Imported routes of both families. */
  readonly imported: number;
  /** The whole text. */
  readonly text: string;
}

/** Reads `show route ... all`. */
export function parseRoutes(text: string): readonly BirdRoute[] {
  const routes: { prefix: string; paths: MutablePath[] }[] = [];
  for (const line of text.split("\n")) {
    const head = /^(\S*)\s+\w+ \[(\S+) [^\]]*\] (\*?)/.exec(line);
    if (head !== null && !line.startsWith("\t")) {
      const [, prefix = "", protocol = "", star = ""] = head;
      if (prefix !== "") routes.push({ prefix, paths: [] });
      routes.at(-1)?.paths.push({ via: "", protocol, best: star === "*", attributes: {} });
      continue;
    }
    const path = routes.at(-1)?.paths.at(-1);
    if (path === undefined) continue;
    const via = /^\tvia (\S+)/.exec(line);
    if (via?.[1] !== undefined) path.via = via[1];
    const attribute = /^\t([A-Za-z]\S*): ?(.*)$/.exec(line);
    if (attribute?.[1] !== undefined) path.attributes[attribute[1]] = attribute[2] ?? "";
  }
  return routes;
}

interface MutablePath {
  via: string;
  protocol: string;
  best: boolean;
  attributes: Record<string, string>;
}

/** Reads `show protocols all NAME` of one BGP protocol. */
export function parseProtocol(text: string): BirdProtocol {
  const head = /^\S+\s+BGP\s+\S+\s+\S+\s+(\d{4}-\S+(?: \d\d:\S+)?)/m.exec(text);
  const imported = [...text.matchAll(/^\s+Routes:\s+(\d+) imported/gm)];
  return {
    state: /^\s+BGP state:\s+(.+)$/m.exec(text)?.[1]?.trim() ?? "",
    since: head?.[1] ?? "",
    lastError: /^\s+Last error:\s+(.+)$/m.exec(text)?.[1]?.trim() ?? "",
    imported: imported.reduce((sum, match) => sum + Number(match[1]), 0),
    text,
  };
}
