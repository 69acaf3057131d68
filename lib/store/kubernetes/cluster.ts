/**
 * Where an API server is and as whom to speak to it. Kubeconfig files and the files of a pod both
 * become this.
 *
 * @module
 */

/** An API server, and how to be somebody there. */
export interface Cluster {
  /** "https://host:port", perhaps with a path, without a slash at the end. */
  readonly server: string;
  /** The namespace that is meant where none is said. */
  readonly namespace: string;
  /** Where this was read, for messages. */
  readonly source: string;
  /** Who we are now. Files are read again when they may have changed. Throws ClusterConfigError. */
  identity(): Promise<Identity>;
  /** The server did not know us: the next `identity` is read anew. */
  renew(): void;
}

/** Who we are, and whom we trust. */
export interface Identity {
  /** Authorities in PEM, beside those of the system. */
  readonly caCerts: readonly string[];
  /** The client's certificate and key in PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** A bearer token. */
  readonly token?: string;
}
