/**
 * A leaf switch as small as can be, for tests of the executable: connects to porter, speaks just
 * enough BGP to be Established, and keeps what it is told.
 *
 * @module
 */

import {
  decodeMessage,
  encodeMessage,
  Framer,
  initialCodec,
  type Message,
} from "../../lib/bgp/wire/mod.ts";
import { ipv4 } from "../../lib/net/mod.ts";

const codec = { ...initialCodec, as4: true };

/** One session. */
export class BgpClient {
  readonly #conn: Deno.TcpConn;
  readonly #framer = new Framer();

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Connects once the port is open, and greets. */
  static async connect(port: number, as: number): Promise<BgpClient> {
    const client = new BgpClient(await connected(port));
    await client.#send({
      type: "open",
      version: 4,
      as,
      holdTime: 90,
      bgpId: ipv4(0xc0000201),
      capabilities: [{ kind: "multiprotocol", afi: 1, safi: 1 }, { kind: "as4", as }],
    });
    return client;
  }

  /** Reads until a message of this type, answering an OPEN; undefined when porter closes. */
  async until<T extends Message["type"]>(
    type: T,
  ): Promise<Extract<Message, { type: T }> | undefined> {
    for (;;) {
      const message = await this.#next();
      if (message === undefined) return undefined;
      if (message.type === "open") await this.#send({ type: "keepalive" });
      if (message.type === type) return message as Extract<Message, { type: T }>;
    }
  }

  /** Ends the connection. */
  close(): void {
    this.#conn.close();
  }

  async #send(message: Message): Promise<void> {
    const bytes = encodeMessage(message, codec);
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  async #next(): Promise<Message | undefined> {
    const chunk = new Uint8Array(65536);
    for (;;) {
      const framed = this.#framer.next();
      if (!framed.ok) throw new Error(framed.error.message);
      if (framed.value !== undefined) {
        const decoded = decodeMessage(framed.value, codec);
        if (!decoded.ok) throw new Error(decoded.error.message);
        return decoded.value.message;
      }
      const read = await this.#conn.read(chunk);
      if (read === null) return undefined;
      this.#framer.push(chunk.subarray(0, read));
    }
  }
}

async function connected(port: number): Promise<Deno.TcpConn> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.connect({ hostname: "127.0.0.1", port });
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.ConnectionRefused) || tries > 200) throw thrown;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}
