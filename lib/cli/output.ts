/**
 * Where commands write: stdout for what was asked for, stderr for what went wrong.
 *
 * @module
 */

const encoder = new TextEncoder();

/** Writes text and a newline to stdout. Names from manifests cannot steer a terminal. */
export function print(text: string): void {
  writeAll(Deno.stdout, `${withoutControls(text)}\n`);
}

/** Writes one line to stderr. */
export function complain(message: string): void {
  writeAll(Deno.stderr, `porter: ${withoutControls(message).replaceAll("\n", " ")}\n`);
}

/** The text with control and format characters as escapes; newlines and tabs stay. */
export function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]/gu, (found) => {
    if (found === "\n" || found === "\t") return found;
    return `\\u{${(found.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/** A stream that can be written at once. */
interface SyncWriter {
  writeSync(bytes: Uint8Array): number;
}

function writeAll(stream: SyncWriter, text: string): void {
  const bytes = encoder.encode(text);
  let written = 0;
  while (written < bytes.length) written += stream.writeSync(bytes.subarray(written));
}
