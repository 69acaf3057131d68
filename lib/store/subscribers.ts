/**
 * Who wants to be told of changes. However many changes one turn of the event loop brings, each
 * subscriber is called once, and never from within the call that made the change.
 *
 * @module
 */

/** A set of callbacks. */
export class Subscribers {
  readonly #callbacks = new Set<{ readonly changed: () => void }>();
  #pending = false;
  #closed = false;

  /** Adds a callback; the result removes it. */
  add(changed: () => void): () => void {
    // Wrapped, so that one function subscribed twice is two subscriptions.
    const callback = { changed };
    this.#callbacks.add(callback);
    return () => void this.#callbacks.delete(callback);
  }

  /** Calls everyone back soon, once. */
  notify(): void {
    if (this.#pending || this.#closed) return;
    this.#pending = true;
    queueMicrotask(() => {
      this.#pending = false;
      for (const callback of [...this.#callbacks]) {
        if (!this.#closed && this.#callbacks.has(callback)) callback.changed();
      }
    });
  }

  /** Calls nobody back from now on. */
  close(): void {
    this.#closed = true;
    this.#callbacks.clear();
  }
}
