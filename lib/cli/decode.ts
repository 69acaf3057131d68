/**
 * `porter decode`: recorded BGP bytes in words.
 *
 * @module
 */

import { Argument, Command, type CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import {
  decodeStream,
  describeStream,
  type KnownCodec,
  messageToJson,
  parseHex,
  type ProtocolError,
  readStreamInput,
  type StreamItem,
} from "../bgp/wire/mod.ts";
import type { Family } from "../net/mod.ts";
import type { Result } from "../result/mod.ts";
import { Failure, fileProblem } from "./failure.ts";
import { print } from "./output.ts";

const help = `
Input is raw BGP, or hex as tcpdump -x, xxd and Wireshark print it; it is told by itself. Whether AS
numbers have 4 octets and prefixes have path identifiers comes from the OPENs among the messages,
or is guessed.

Examples:
  echo 'ffffffffffffffffffffffffffffffff001304' | porter decode
  porter decode --add-path ipv4 session.bin
  porter decode -o json capture.hex`;

const families: Readonly<Record<string, readonly Family[]>> = {
  none: [],
  ipv4: [4],
  ipv6: [6],
  both: [4, 6],
};

/** The command. */
export function decodeCommand(): CommandUnknownOpts {
  return new Command("decode")
    .description("say what recorded BGP bytes mean")
    .addArgument(new Argument("[file]", "what to read; - or nothing is stdin"))
    .option("--hex", "the input is hex, whatever it looks like")
    .option("--as4", "AS numbers have 4 octets")
    .option("--no-as4", "AS numbers have 2 octets")
    .addOption(
      new Option("--add-path <FAMILIES>", "families whose prefixes have path identifiers")
        .choices(["none", "ipv4", "ipv6", "both"] as const),
    )
    .addOption(
      new Option("-o, --output <FORM>", "how to print it").choices(["text", "json"] as const)
        .default("text"),
    )
    .addHelpText("after", help)
    .action(async (file, options) => {
      const input = await readInput(file ?? "-");
      const bytes = take(
        options.hex ? parseHex(new TextDecoder().decode(input)) : readStreamInput(input),
      );
      const known: KnownCodec = {
        ...(options.as4 === undefined ? {} : { as4: options.as4 }),
        ...(options.addPath === undefined
          ? {}
          : { addPathReceive: families[options.addPath] ?? [] }),
      };
      const items = [...decodeStream(bytes, known)];
      if (!items.some((item) => item.kind !== "skipped")) {
        throw new Failure(`Found no BGP message in ${bytes.length} bytes`);
      }
      print(
        options.output === "json"
          ? JSON.stringify(items.map(itemToJson), null, 2)
          : describeStream(bytes, known).lines.join("\n"),
      );
    });
}

function take(bytes: Result<Uint8Array>): Uint8Array {
  if (!bytes.ok) throw new Failure(`Cannot read the input: ${bytes.error}`);
  return bytes.value;
}

async function readInput(file: string): Promise<Uint8Array> {
  if (file === "-") return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  try {
    return await Deno.readFile(file);
  } catch (thrown) {
    throw new Failure(`Cannot read ${file}: ${fileProblem(thrown) ?? String(thrown)}`);
  }
}

function itemToJson(item: StreamItem): unknown {
  const { kind, offset } = item;
  switch (kind) {
    case "message":
      return {
        kind,
        offset,
        message: messageToJson(item.message),
        faults: item.faults.map(faultToJson),
      };
    case "fault":
      return { kind, offset, fault: faultToJson(item.fault) };
    case "skipped":
      return { kind, offset, length: item.length };
  }
}

function faultToJson(fault: ProtocolError): unknown {
  return { ...fault, data: fault.data.toHex() };
}
