/**
 * Who writes: all managers speak BGP, one allocates and writes statuses (design decision 2).
 *
 * @module
 */

/** Tells whether this process is the one that writes. */
export interface Leadership {
  /** Whether it leads now. False at once when its time is over, whatever else hangs. */
  readonly leads: boolean;
  /** Calls back when `leads` may have changed; the result stops that. */
  subscribe(changed: () => void): () => void;
}

/** A process that needs nobody's leave to write: the only one of its kind. */
export const soleLeader: Leadership = { leads: true, subscribe: () => () => {} };

/** A Lease (coordination.k8s.io/v1) as the election sees it. Times in milliseconds since the epoch. */
export interface Lease {
  /** "" when it was given up. */
  readonly holder: string;
  /** Seconds after a renewal for which the holder may be taken to lead. */
  readonly duration: number;
  readonly acquiredAt: number;
  readonly renewedAt: number;
  /** How often the holder changed. */
  readonly transitions: number;
}

/** Where the one Lease lives. Both calls throw when the world fails. */
export interface LeaseStore {
  /** The Lease and its version; undefined when there is none. */
  read(): Promise<VersionedLease | undefined>;
  /** Writes, if the version is still this one (undefined: if there is none); undefined when it is not. */
  write(lease: Lease, version: string | undefined): Promise<VersionedLease | undefined>;
}

/** A Lease and the version that a write must name. */
export interface VersionedLease {
  readonly lease: Lease;
  readonly version: string;
}
