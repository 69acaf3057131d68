/**
 * BIRD's control socket, spoken directly: `birdc` is a process for each question, which costs more than
 * what is measured. Replies are lines of a code of four digits and "-", the last one of a code and a
 * space (BIRD's doc/reply_codes).
 *
 * @module
 */

/** One connection to BIRD, for one question after the other. */
export class BirdControl {
  readonly #connection: Deno.Conn;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  readonly #buffer = new Uint8Array(65536);

  private constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** Connects; the path may be longer than a socket's 107 bytes (unix(7)): we go there. */
  static async open(path: string): Promise<BirdControl> {
    const slash = path.lastIndexOf("/");
    const here = Deno.cwd();
    Deno.chdir(path.slice(0, slash));
    const connecting = Deno.connect({ transport: "unix", path: path.slice(slash + 1) });
    const control = new BirdControl(await connecting.finally(() => Deno.chdir(here)));
    await control.#reply();
    return control;
  }

  /** Asks and gives the whole answer. */
  async ask(command: string): Promise<string> {
    await this.#connection.write(this.#encoder.encode(`${command}\n`));
    return await this.#reply();
  }

  /** How many prefixes the table has. */
  async networks(table = "master4"): Promise<number> {
    const text = await this.ask(`show route table ${table} count`);
    const found = /for (\d+) networks/.exec(text)?.[1];
    if (found === undefined) throw new Error(`Cannot read what BIRD says: ${text}`);
    return Number(found);
  }

  /** Ends the connection. */
  close(): void {
    this.#connection.close();
  }

  async #reply(): Promise<string> {
    let text = "";
    while (!/^\d{4} .*\n$/m.test(text)) {
      const length = await this.#connection.read(this.#buffer);
      if (length === null) throw new Error(`BIRD hung up: ${text}`);
      text += this.#decoder.decode(this.#buffer.subarray(0, length), { stream: true });
    }
    return text;
  }
}
