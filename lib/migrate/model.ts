/**
 * What is converted and what is said about it.
 *
 * @module
 */

/** A mapping of raw data, as YAML or JSON give it. */
export type RawObject = Readonly<Record<string, unknown>>;

/** Something that a person must know of a conversion. */
export interface Note {
  /**
   * lost: it did something there and does nothing here; check: it became something that is not quite
   * the same.
   */
  readonly kind: "lost" | "check";
  /** The object it is about, for example "IPAddressPool metallb-system/edge". */
  readonly object: string;
  /** The path of the field, for example "spec.addresses[0]"; "" for the whole object. */
  readonly field: string;
  /** What became of it, starting in lower case, no full stop. */
  readonly message: string;
}

/** What came out: objects for `kubectl apply`, and what to know of them. */
export interface Migration {
  readonly objects: readonly RawObject[];
  readonly notes: readonly Note[];
}

/** What the input does not say. */
export interface MigrationOptions {
  /** The BGP identifier for a BgpConf whose origin has none, a dotted quad. */
  readonly routerId?: string;
}
