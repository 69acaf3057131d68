/**
 * A socket of `node:net` behind the Connection port.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { Connection } from "../ports/mod.ts";
import { inWords } from "./tcp_words.ts";

/** Who is at the two ends. */
export type Ends = Pick<Connection, "remote" | "local" | "interface">;

/** The connection of a socket that is connected. */
export function nodeConnection(socket: Socket, ends: Ends): Connection {
  let failure: Error | undefined;
  let ended = false;
  let wake = (): void => {};
  const waker = (): void => wake();
  socket.on("readable", waker);
  socket.on("end", () => {
    ended = true;
    wake();
  });
  socket.on("close", () => {
    ended = true;
    wake();
  });
  socket.on("error", (error) => {
    failure = error;
    wake();
  });
  return {
    ...ends,
    async read() {
      while (true) {
        const chunk: Buffer | null = socket.destroyed ? null : socket.read();
        if (chunk !== null) return new Uint8Array(chunk);
        if (failure !== undefined) throw inWords(failure);
        if (ended || socket.destroyed) return undefined;
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    write: (bytes) =>
      new Promise<void>((resolve, reject) =>
        socket.write(bytes, (error) => error ? reject(inWords(error)) : resolve())
      ),
    close: () => void socket.destroy(),
  };
}
