/**
 * The loop around the FSM and the RIB: sessions, timers, the listener.
 *
 * @module
 */

export * from "./speaker.ts";
