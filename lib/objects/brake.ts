/**
 * The brake on withdrawals (docs/policy.md): `BgpConf.spec.brake`, the annotation that releases what it
 * holds, and `BgpConf.status.brake`, which says what that is. The status is read again after a restart
 * and by the agents, so that it is checked as strictly as what users write.
 *
 * @module
 */

import { z } from "zod";
import type { Path, PathAttributes } from "../bgp/model/mod.ts";
import {
  formatCommunity,
  formatExtendedCommunity,
  formatLargeCommunity,
  parseExtendedCommunity,
} from "../bgp/wire/mod.ts";
import {
  type AddressRange,
  formatAddress,
  formatPrefix,
  formatRange,
  parseAddress,
  parsePrefix,
  parseRange,
  type Prefix,
} from "../net/mod.ts";
import { mergedAttributeFields, readAttributes } from "./attributes.ts";
import {
  type FieldFault,
  fieldWarning,
  list,
  section,
  text,
  textThat,
  wholeNumber,
} from "./field.ts";

/** The annotation of a BgpConf that releases what is held: the time at which that was said. */
export const brakeReleaseAnnotation = "porter.kubesphere.io/brake-release";

/** When the brake holds. */
export interface BrakeSettings {
  /** It holds when more percent of the routes would go, */
  readonly maxWithdrawn: number;
  /** within so many milliseconds, */
  readonly within: number;
  /** and not fewer routes than these. */
  readonly minRoutes: number;
  /** When what it holds was released, in milliseconds since the epoch. */
  readonly released?: number;
}

/** What spec.brake has where nothing is said. */
export const brakeDefaults: BrakeSettings = { maxWithdrawn: 50, within: 10_000, minRoutes: 10 };

/** `BgpConf.spec.brake`. */
export const brakeSpec = section({
  maxWithdrawn: wholeNumber(1, 99).optional().describe(
    "When more percent of the routes would be withdrawn within withinSeconds, they stay announced; " +
      "50 where nothing is said.",
  ),
  withinSeconds: wholeNumber(1, 3600).optional()
    .describe("Withdrawals within so many seconds count together; 10 where nothing is said."),
  minRoutes: wholeNumber(1, 1_000_000).optional().describe(
    "Fewer routes than these are withdrawn at once, whatever their share; a covering prefix counts as " +
      "its Services; 10 where nothing is said.",
  ),
}).describe(
  "Holds withdrawals when one change would take away too many routes (docs/policy.md). Left out: " +
    "nothing is held.",
);

/** Reads `BgpConf.spec.brake`. */
export function readBrake(
  raw: z.infer<typeof brakeSpec>,
  released: number | undefined,
): BrakeSettings {
  return {
    ...(released === undefined ? {} : { released }),
    maxWithdrawn: raw.maxWithdrawn ?? brakeDefaults.maxWithdrawn,
    within: raw.withinSeconds === undefined ? brakeDefaults.within : raw.withinSeconds * 1000,
    minRoutes: raw.minRoutes ?? brakeDefaults.minRoutes,
  };
}

/** Reads the annotation: a time in milliseconds since the epoch; undefined where it says none. */
export function readBrakeRelease(
  said: string | undefined,
  warnings: FieldFault[],
): number | undefined {
  if (said === undefined) return undefined;
  const at = Date.parse(said);
  if (!Number.isNaN(at)) return at;
  const path = ["metadata", "annotations", brakeReleaseAnnotation];
  warnings.push(
    fieldWarning(path, `"${said}" is not a time like 2026-01-31T12:00:00Z: nothing is released`),
  );
  return undefined;
}

/** Held routes that lead through the same paths. */
export interface HeldGroup {
  /** In their order, each a single address or all from the first to the last. */
  readonly ranges: readonly AddressRange[];
  /** Aggregates. */
  readonly prefixes: readonly Prefix[];
  /** As how many routes each of the prefixes counts, in their order; left out: each as 1. */
  readonly weights?: readonly number[];
  readonly paths: readonly Path[];
}

/** What is held, as the status says it. */
export interface HoldRecord {
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** How many routes are held, also those that no group has. */
  readonly routes: number;
  /** Their share of all routes, in percent, covering prefixes counted by their weights. */
  readonly percent: number;
  readonly groups: readonly HeldGroup[];
}

const { communities, largeCommunities, extendedCommunities, localPref, med, prepend } =
  mergedAttributeFields;

const heldGroup = section({
  addresses: list(textThat("an address or a range", (each) => parseRange(each).ok))
    .describe("An address, or all from the first to the last."),
  prefixes: list(textThat("a prefix", (each) => parsePrefix(each) !== undefined)).optional()
    .describe("Prefixes that stand for more than one address."),
  weights: list(wholeNumber(1, Number.MAX_SAFE_INTEGER)).optional().describe(
    "As how many routes each of the prefixes counts, in their order: as its Services; 1 where left out.",
  ),
  paths: list(section({
    nextHop: textThat("an address", (each) => parseAddress(each) !== undefined)
      .describe("The node's address."),
    ...{ communities, largeCommunities, extendedCommunities, localPref, med, prepend },
    linkBandwidth: z.number().nonnegative().optional().describe("Bytes per second."),
    onlyTo: list(text()).optional().describe("The BgpPeers that are told; all where left out."),
  })).describe("The next hops as they were last announced."),
});

/** `BgpConf.status.brake`. */
export const brakeStatus = section({
  since: textThat("a time", (each) => !Number.isNaN(Date.parse(each)))
    .describe("When the brake began to hold."),
  routes: wholeNumber(0, Number.MAX_SAFE_INTEGER).describe("Routes that are held."),
  percent: wholeNumber(0, 100)
    .describe("Their share of all routes, a covering prefix counted as its Services."),
  held: list(heldGroup)
    .describe("The addresses, by what leads to them; at most some 900,000 characters are written."),
}).describe("What the brake holds. Left out: nothing.");

/** As `brakeStatus`, but whatever its groups are: each is judged by itself. */
const readableStatus = brakeStatus.extend({ held: z.array(z.unknown()) });

/**
 * Reads `BgpConf.status.brake`; undefined where it is not there or not as porter writes it. A group
 * that is not is left out, and the others count.
 */
export function readHold(raw: unknown): HoldRecord | undefined {
  const read = readableStatus.safeParse(raw);
  if (!read.success) return undefined;
  const { since, routes, percent } = read.data;
  const held = read.data.held.flatMap((each) => heldGroup.safeParse(each).data ?? []);
  return {
    since: Date.parse(since),
    routes,
    percent,
    groups: held.map(({ addresses, prefixes, weights, paths }) => ({
      ...(weights && { weights }),
      prefixes: (prefixes ?? []).flatMap((each) => parsePrefix(each) ?? []),
      ranges: addresses.flatMap((each) => {
        const range = parseRange(each);
        return range.ok ? [range.value] : [];
      }),
      paths: paths.flatMap((path): Path[] => {
        const nextHop = parseAddress(path.nextHop);
        return nextHop === undefined ? [] : [{ nextHop, attributes: attributesOf(path) }];
      }),
    })),
  };
}

/** Writes `BgpConf.status.brake`. */
export function formatHold({ since, routes, percent, groups }: HoldRecord): unknown {
  return {
    since: new Date(since).toISOString(),
    routes,
    percent,
    held: groups.map(({ ranges, prefixes, weights, paths }) => ({
      addresses: ranges.map(formatRange),
      ...(prefixes.length > 0 && { prefixes: prefixes.map(formatPrefix) }),
      ...(weights && { weights }),
      paths: paths.map(({ nextHop, attributes }) => ({
        nextHop: formatAddress(nextHop),
        ...attributeTexts(attributes),
      })),
    })),
  };
}

type SaidPath = z.infer<typeof heldGroup>["paths"][number];

function attributesOf(said: SaidPath): PathAttributes {
  return {
    ...readAttributes(said),
    ...(said.linkBandwidth !== undefined && { linkBandwidth: said.linkBandwidth }),
    ...(said.onlyTo && { onlyTo: said.onlyTo }),
  };
}

function attributeTexts(attributes: PathAttributes): Readonly<Record<string, unknown>> {
  const { communities, largeCommunities, extendedCommunities, origin: _, ...plain } = attributes;
  return {
    ...plain,
    ...(communities && { communities: communities.map(formatCommunity) }),
    ...(largeCommunities && { largeCommunities: largeCommunities.map(formatLargeCommunity) }),
    ...(extendedCommunities &&
      { extendedCommunities: extendedCommunities.map(extendedCommunityText) }),
  };
}

/** As a user writes it, where that is read as the same; otherwise its 64 bits. */
function extendedCommunityText(value: bigint): string {
  const text = formatExtendedCommunity(value).replace(" ", ":");
  return parseExtendedCommunity(text) === value
    ? text
    : `0x${value.toString(16).padStart(16, "0")}`;
}
