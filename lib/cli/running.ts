/**
 * Running until told to end: SIGTERM and SIGINT end in order, a second one at once.
 *
 * @module
 */

/** The signals that end porter. */
export type EndSignal = "SIGINT" | "SIGTERM";

/** Resolves with the first signal; a second one ends the process with the code a shell expects. */
export function untilSignal(): Promise<EndSignal> {
  return new Promise((resolve) => {
    let first = true;
    const listen = (signal: EndSignal, code: number) =>
      Deno.addSignalListener(signal, () => {
        if (!first) Deno.exit(code);
        first = false;
        resolve(signal);
      });
    listen("SIGINT", 130);
    listen("SIGTERM", 143);
  });
}
