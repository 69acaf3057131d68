/**
 * TCP of the runtime behind the Transport port. A connection from a given source address is made
 * with `node:net`, because `Deno.connect` cannot choose one.
 *
 * @module
 */

import { connect as nodeConnect, type Socket } from "node:net";
import { Buffer } from "node:buffer";
import { type Address, formatAddress, parseAddress, unmapped } from "../net/mod.ts";
import {
  type Connection,
  type ConnectOptions,
  type Endpoint,
  type Listener,
  ListenError,
  type Transport,
} from "../ports/mod.ts";

/** Bytes taken from the kernel at once. */
const readSize = 65536;

/** Plain TCP: IPv4 and IPv6, one dual-stack listener where no address is given. */
export function tcpTransport(): Transport {
  return { connect, listen };
}

async function connect(options: ConnectOptions): Promise<Connection> {
  const { remote, localAddress, signal } = options;
  try {
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

function listen(options: { readonly address?: Address; readonly port: number }): Listener {
  const listener = open(options.address, options.port);
  return {
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
      resolve(nodeConnection(socket));
    });
  });
}

function nodeConnection(socket: Socket): Connection {
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
    remote: nodeEndpoint(socket.remoteAddress, socket.remotePort),
    local: nodeEndpoint(socket.localAddress, socket.localPort),
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

function formatEndpoint({ address, port }: Endpoint): string {
  const text = formatAddress(address);
  return address.family === 6 ? `[${text}]:${port}` : `${text}:${port}`;
}

function isDenied(thrown: unknown): boolean {
  return thrown instanceof Deno.errors.PermissionDenied || thrown instanceof Deno.errors.NotCapable;
}

function listenCause(thrown: unknown, port: number): string {
  if (thrown instanceof Deno.errors.AddrInUse) {
    return `another process holds it; "ss -ltnp 'sport = :${port}'" shows which`;
  }
  if (thrown instanceof Deno.errors.NotCapable) return "Deno runs without --allow-net for it";
  if (thrown instanceof Deno.errors.PermissionDenied) {
    return port < 1024
      ? "no permission; a port below 1024 needs root or the capability CAP_NET_BIND_SERVICE"
      : "no permission";
  }
  if (thrown instanceof Deno.errors.AddrNotAvailable) {
    return `this host does not have the address; "ip address" shows those it has`;
  }
  return probableCause(thrown);
}

const causes: Readonly<Record<string, string>> = {
  ConnectionRefused: "connection refused; nothing listens there, or it does not want us",
  ECONNREFUSED: "connection refused; nothing listens there, or it does not want us",
  NetworkUnreachable: "no route to that network",
  ENETUNREACH: "no route to that network",
  HostUnreachable: "no route to that host",
  EHOSTUNREACH: "no route to that host",
  TimedOut: "no answer",
  ETIMEDOUT: "no answer",
  TimeoutError: "no answer",
  AbortError: "given up",
  EADDRNOTAVAIL: "this host does not have the source address",
  ConnectionReset: "connection reset",
  ECONNRESET: "connection reset",
  BrokenPipe: "connection reset",
  EPIPE: "connection reset",
};

function inWords(thrown: unknown): Error {
  return new Error(probableCause(thrown), { cause: thrown });
}

function probableCause(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
  return causes[code] ?? causes[thrown.name] ?? thrown.message;
}
