/**
 * A BFD session as a pure state machine (RFC 5880 section 6.8), and the initiator and reflector of
 * Seamless BFD (RFC 7880).
 *
 * @module
 */

export * from "./state.ts";
export * from "./target.ts";
export { step } from "./step.ts";
export * from "./seamless.ts";
