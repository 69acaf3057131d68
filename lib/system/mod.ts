/**
 * The operating system behind the ports: sockets, the clock, commands of the host.
 *
 * @module
 */

export * from "./clock.ts";
export { plainDatagrams } from "./datagrams.ts";
export { openDatagrams } from "./datagrams_libc.ts";
export * from "./tcp.ts";
export { openLibc } from "./shaped_tcp.ts";
export { longestPassword } from "./socket_options.ts";
export type { Libc, SocketAddress } from "./libc.ts";
export * from "./command.ts";
export { KernelError } from "./host_programs.ts";
export * from "./kernel.ts";
export { linuxPortForwards } from "./port_forwards.ts";
