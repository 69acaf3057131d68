/**
 * How far long work is, in one line on a terminal: nothing is written where stderr is a file or a pipe, nor
 * before the work has taken a while, and the line is gone when the work is done.
 *
 * @module
 */

/** Where the line is written, and by which clock. */
export interface ProgressWorld {
  readonly isTerminal: boolean;
  readonly write: (text: string) => void;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** Milliseconds of work before anything is said, and between two lines. */
const patience = 400;
const pause = 100;

/** Says how far one piece of work is. */
export class Progress {
  readonly #world: ProgressWorld;
  readonly #started: number;
  #said = -Infinity;
  #shown = false;

  /** Begins the work; on stderr where nothing is said. */
  constructor(world: ProgressWorld = stderr) {
    this.#world = world;
    this.#started = world.now();
  }

  /** The work has come this far: called as often as one likes, it is said some times a second. */
  at(text: string): void {
    const now = this.#world.now();
    if (now - this.#said >= pause) this.#say(text, now);
  }

  /** Begins a step that says nothing while it lasts: this is said at once. */
  step(text: string): void {
    this.#say(text, this.#world.now());
  }

  /** The work is done. */
  done(): void {
    if (this.#shown) this.#world.write(clear);
    this.#shown = false;
  }

  #say(text: string, now: number): void {
    if (!this.#world.isTerminal || now - this.#started < patience) return;
    this.#world.write(`${clear}porter: ${text}`);
    this.#said = now;
    this.#shown = true;
  }
}

/** To the beginning of the line, and nothing after it (ECMA-48 EL). */
const clear = "\r\x1b[K";

const stderr: ProgressWorld = {
  get isTerminal() {
    return Deno.stderr.isTerminal();
  },
  write: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
  now: () => performance.now(),
};
