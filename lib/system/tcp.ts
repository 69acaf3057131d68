/**
 * TCP behind the Transport port: the runtime's own. A connection from a given source address is made
 * with `node:net`, because `Deno.connect` cannot choose one; sockets with options are made by
 * shaped_tcp.ts.
 *
 * @module
 */

import { connect as nodeConnect } from "node:net";
import { type Address, formatAddress, parseAddress, unmapped } from "../net/mod.ts";
import {
  type Connection,
  type ConnectOptions,
  type Endpoint,
  type Listener,
  ListenError,
  type ListenOptions,
  type Transport,
} from "../ports/mod.ts";
import type { Libc } from "./libc.ts";
import { nodeConnection } from "./node_connection.ts";
import { connectShaped, isShaped, listenShaped } from "./shaped_tcp.ts";
import { formatEndpoint, inWords, isDenied, listenCause, probableCause } from "./tcp_words.ts";

/** Bytes taken from the kernel at once. */
const readSize = 65536;

/**
 * TCP: IPv4 and IPv6, one dual-stack listener where no address is given. Sockets with options are
 * made with the C library; the text says why there is none.
 */
export function tcpTransport(libc: Libc | string = "no C library was opened"): Transport {
  if (typeof libc === "string") {
    const plainOnly = `Cannot give a socket options: ${libc}`;
    const refuse = () => Promise.reject(new Error(plainOnly));
    return {
      plainOnly,
      connect: (options) => isShaped(options.options) ? refuse() : connect(options),
      listen: (options) => listen(options, () => false),
    };
  }
  return {
    connect: (options) => connect(options, libc),
    listen: (options) =>
      options.expected?.length
        ? listenShaped(libc, options)
        : listen(options, (expected) => expected.length === 0),
  };
}

async function connect(options: ConnectOptions, libc?: Libc): Promise<Connection> {
  const { remote, localAddress, signal } = options;
  try {
    if (libc !== undefined && isShaped(options.options)) return await connectShaped(libc, options);
    if (localAddress !== undefined) return await connectFrom(localAddress, remote, signal);
    const hostname = formatAddress(remote.address);
    const conn = await Deno.connect({ hostname, port: remote.port, signal });
    conn.setNoDelay(true);
    return denoConnection(conn);
  } catch (thrown) {
    throw new Error(`Cannot connect to ${formatEndpoint(remote)}: ${probableCause(thrown)}`, {
      cause: thrown,
    });
  }
}

function listen({ address, port }: ListenOptions, expect: Listener["expect"]): Listener {
  const listener = open(address, port);
  return {
    expect,
    barred: new Map(),
    local: endpointOf(listener.addr),
    accept: () => accept(listener),
    close: () => {
      try {
        listener.close();
      } catch (thrown) {
        if (!(thrown instanceof Deno.errors.BadResource)) throw thrown;
      }
    },
  };
}

function open(address: Address | undefined, port: number): Deno.TcpListener {
  try {
    if (address !== undefined) return Deno.listen({ hostname: formatAddress(address), port });
    try {
      return Deno.listen({ hostname: "::", port });
    } catch (thrown) {
      // A host without IPv6 has no "::"; every other reason holds for IPv4 as well.
      if (thrown instanceof Deno.errors.AddrInUse || isDenied(thrown)) throw thrown;
      return Deno.listen({ hostname: "0.0.0.0", port });
    }
  } catch (thrown) {
    const where = address === undefined
      ? `port ${port}`
      : formatEndpoint({ address: unmapped(address), port });
    throw new ListenError(`Cannot listen on ${where}: ${listenCause(thrown, port)}`, {
      cause: thrown,
    });
  }
}

async function accept(listener: Deno.TcpListener): Promise<Connection | undefined> {
  while (true) {
    try {
      const conn = await listener.accept();
      conn.setNoDelay(true);
      return denoConnection(conn);
    } catch (thrown) {
      const closed = thrown instanceof Deno.errors.BadResource ||
        thrown instanceof Deno.errors.Interrupted;
      if (closed) return undefined;
      // The caller gave up between the handshake and accept: not our listener's failure.
      if (thrown instanceof Deno.errors.ConnectionAborted) continue;
      if (thrown instanceof Deno.errors.ConnectionReset) continue;
      if (thrown instanceof Deno.errors.NotConnected) continue;
      throw thrown;
    }
  }
}

function denoConnection(conn: Deno.TcpConn): Connection {
  const buffer = new Uint8Array(readSize);
  let closed = false;
  return {
    remote: endpointOf(conn.remoteAddr),
    local: endpointOf(conn.localAddr),
    async read() {
      try {
        const count = closed ? null : await conn.read(buffer);
        return count === null ? undefined : buffer.slice(0, count);
      } catch (thrown) {
        if (closed) return undefined;
        throw inWords(thrown);
      }
    },
    async write(bytes) {
      try {
        // The kernel may take less than it is offered.
        for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
      } catch (thrown) {
        throw inWords(thrown);
      }
    },
    close() {
      if (closed) return;
      closed = true;
      conn.close();
    },
  };
}

function connectFrom(from: Address, remote: Endpoint, signal: AbortSignal): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = nodeConnect({
      host: formatAddress(remote.address),
      port: remote.port,
      localAddress: formatAddress(from),
      noDelay: true,
      allowHalfOpen: true,
    });
    const abort = (): void => {
      socket.destroy();
      reject(new DOMException("Given up", "AbortError"));
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    socket.once("error", (error) => {
      signal.removeEventListener("abort", abort);
      reject(error);
    });
    socket.once("connect", () => {
      signal.removeEventListener("abort", abort);
      socket.removeAllListeners("error");
      resolve(nodeConnection(socket, {
        remote: nodeEndpoint(socket.remoteAddress, socket.remotePort),
        local: nodeEndpoint(socket.localAddress, socket.localPort),
      }));
    });
  });
}

function endpointOf(addr: Deno.Addr): Endpoint {
  if (addr.transport !== "tcp") throw new TypeError(`Cannot use a ${addr.transport} address`);
  return nodeEndpoint(addr.hostname, addr.port);
}

function nodeEndpoint(hostname: string | undefined, port: number | undefined): Endpoint {
  // A link-local address comes with its zone, which is no part of the address.
  const address = parseAddress((hostname ?? "").replace(/%.*$/, ""));
  if (address === undefined || port === undefined) {
    throw new TypeError(`Cannot read the socket's address "${hostname}"`);
  }
  return { address: unmapped(address), port };
}
