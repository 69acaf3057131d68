/**
 * What the loops need from the world, as interfaces only. The adapters are in `lib/system`,
 * `lib/store` and `lib/observe`; tests have their own.
 *
 * @module
 */

export * from "./clock.ts";
export * from "./datagrams.ts";
export * from "./kernel.ts";
export * from "./leadership.ts";
export * from "./log.ts";
export * from "./pulse.ts";
export * from "./reports.ts";
export * from "./store.ts";
export * from "./transport.ts";
