/**
 * The log as the loops see it: a constant event name and fields, never text put together. Passed
 * down, never global.
 *
 * @module
 */

/** How much an entry matters: warn = will be tried again, error = somebody must act. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** What an entry carries. */
export type LogFields = Readonly<Record<string, LogValue>>;

/** A value of a field. */
export type LogValue = string | number | boolean | undefined | readonly (string | number)[];

/** Writes entries; an event's name is "thing.happened", for example "session.established". */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** A log that adds these fields to every entry. */
  with(fields: LogFields): Log;
}

/** A log that writes nothing. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLog,
};
