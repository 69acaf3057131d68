/**
 * `porter router-config`: the leaf switch's side of porter's sessions.
 *
 * @module
 */

import {
  Command,
  type CommandUnknownOpts,
  InvalidArgumentError,
  Option,
} from "@commander-js/extra-typings";
import { type Address, sameAddress } from "../net/mod.ts";
import { hostAddress } from "../objects/mod.ts";
import { leafConfig, leafFacts, snapshotFromText, subjectOf, vendors } from "../report/mod.ts";
import { ApiClient, managerOption } from "./client.ts";
import { Failure } from "./failure.ts";
import { directoryOption, statusDirectoryOption } from "./options.ts";
import { print } from "./output.ts";
import { readSnapshot } from "./snapshot.ts";

const help = `
Neighbours, a prefix list of the Eips, a limit, ADD-PATH, ECMP and how many hops away porter may be. Passwords
and BFD (docs/bfd.md) are not in it. Where managers speak their addresses are
not in the objects: name them with --speaker, or the router id of the BgpConf is taken; nor is the rack that
they run in: with asPerRack name its AS with --as. Read it before
you load it. bird and frr are tested with the real daemons, the others are written by the manuals.

Examples:
  porter router-config --vendor frr --peer leaf1 --speaker 192.0.2.2 192.0.2.3
  porter router-config --vendor bird --directory /etc/porter`;

/** The command. */
export function routerConfigCommand(): CommandUnknownOpts {
  return new Command("router-config")
    .description("print what the leaf switch has to be told")
    .addOption(
      new Option("--vendor <NAME>", "in whose words").choices(vendors).makeOptionMandatory(),
    )
    .option("--peer <NAME>", "the BgpPeer that is the leaf switch; needed where there are several")
    .option("--speaker <ADDRESS...>", "an address that a manager speaks from", readSpeaker, [])
    .option("--as <NUMBER>", "the AS of the managers, where asPerRack has several", readAs)
    .addOption(managerOption)
    .addOption(directoryOption)
    .addOption(statusDirectoryOption)
    .addHelpText("after", help)
    .action(async ({ vendor, peer, speaker, as, manager, directory, statusDirectory }) => {
      const client = new ApiClient(manager);
      try {
        const snapshot = directory === undefined
          ? snapshotFromText(await client.get("objects"))
          : await readSnapshot(directory, statusDirectory);
        const facts = leafFacts(subjectOf(snapshot), peer, speaker, as);
        if (!facts.ok) throw new Failure(`Cannot write the configuration: ${facts.error}`);
        print(leafConfig(vendor, facts.value).trimEnd());
      } finally {
        client.close();
      }
    });
}

function readSpeaker(text: string, before: readonly Address[]): readonly Address[] {
  const address = hostAddress(text);
  if (address === undefined) throw new InvalidArgumentError("It must be the IP address of a host.");
  return before.some((each) => sameAddress(each, address)) ? before : [...before, address];
}

function readAs(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > 0xffff_ffff) {
    throw new InvalidArgumentError("It must be an AS number, 1 to 4294967295.");
  }
  return Number(text);
}
