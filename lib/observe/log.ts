/**
 * The log on stderr: one JSON object a line for machines, aligned text for a person at a terminal.
 *
 * Values that came from outside (a neighbour's shutdown message, a name in a manifest) are escaped
 * in both forms, so that nobody can forge a line or steer the terminal.
 *
 * @module
 */

import type { Log, LogFields, LogLevel, LogValue } from "../ports/mod.ts";

/** The levels, the least important first. */
export const logLevels = ["debug", "info", "warn", "error"] as const satisfies readonly LogLevel[];

/** The forms; "auto" is text when stderr is a terminal, and JSON otherwise. */
export const logFormats = ["auto", "json", "text"] as const;

/** The form of the log. */
export type LogFormat = typeof logFormats[number];

/** How to log. */
export interface LogOptions {
  /** Entries below are left out; "info" when nothing is said. */
  readonly level?: LogLevel;
  /** "auto" when nothing is said. */
  readonly format?: LogFormat;
  /** Takes one line with its newline; stderr when nothing is said. What it throws is dropped. */
  readonly write?: (line: string) => void;
  /** Milliseconds since the epoch; the system's clock when nothing is said. */
  readonly now?: () => number;
}

/**
 * Makes a log. A reader that has gone away (a closed pipe) is no reason to end a BGP session, so a
 * line that cannot be written is lost.
 */
export function createLog(options: LogOptions = {}): Log {
  const format = options.format ?? "auto";
  const text = format === "text" || (format === "auto" && Deno.stderr.isTerminal());
  const sink: Sink = {
    floor: logLevels.indexOf(options.level ?? "info"),
    line: text ? textLine : jsonLine,
    write: options.write ?? writeToStderr,
    now: options.now ?? Date.now,
  };
  return boundLog(sink, {});
}

interface Sink {
  readonly floor: number;
  readonly line: (entry: Entry) => string;
  readonly write: (line: string) => void;
  readonly now: () => number;
}

interface Entry {
  readonly time: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

function boundLog(sink: Sink, bound: LogFields): Log {
  const at = (level: LogLevel) => (event: string, fields: LogFields = {}): void => {
    if (logLevels.indexOf(level) < sink.floor) return;
    const entry = { time: sink.now(), level, event, fields: { ...bound, ...fields } };
    try {
      sink.write(sink.line(entry) + "\n");
    } catch {
      // Nowhere to say it.
    }
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    with: (fields) => boundLog(sink, { ...bound, ...fields }),
  };
}

/** The three names of the entry itself come first and win over fields of the same name. */
function jsonLine(entry: Entry): string {
  const { time, level, event, fields } = entry;
  const own = { time: new Date(time).toISOString(), level, event };
  return plainJson({ ...own, ...fields, ...own });
}

function textLine(entry: Entry): string {
  const time = new Date(entry.time).toISOString().slice(11, 23);
  let line = `${time} ${entry.level.toUpperCase().padEnd(5)} ${entry.event.padEnd(24)}`;
  for (const [name, value] of Object.entries(entry.fields)) {
    if (value !== undefined) line += ` ${name}=${textValue(value)}`;
  }
  return line.trimEnd();
}

function textValue(value: Exclude<LogValue, undefined>): string {
  const text = Array.isArray(value) ? value.join(",") : String(value);
  return /^[^\s"=\\\p{Cc}\p{Cf}]+$/u.test(text) ? text : plainJson(text);
}

/** JSON in which no control or format character is left as it is: still the same JSON. */
function plainJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (found) =>
      found.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join(
        "",
      ),
  );
}

const encoder = new TextEncoder();

function writeToStderr(line: string): void {
  const bytes = encoder.encode(line);
  let written = 0;
  while (written < bytes.length) written += Deno.stderr.writeSync(bytes.subarray(written));
}
