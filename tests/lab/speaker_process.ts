/**
 * Runs speaker_child.ts in the manager's namespace and tells it what to say.
 *
 * @module
 */

import { addresses, checkout, type Lab, type Process } from "../../scripts/lab/mod.ts";

/** What the speaker is told; addresses as text. */
export interface Setting {
  readonly speaker: { readonly as: number; readonly routerId: string; readonly port: number };
  readonly peers: readonly PeerSetting[];
  readonly routes: readonly RouteSetting[];
  /** Counted up by SpeakerProcess; the child says it back. */
  readonly revision?: number;
}

/** A peer; what is left out is as peerDefaults says. */
export interface PeerSetting {
  readonly name: string;
  readonly address: string;
  readonly peerAs: number;
  readonly port?: number;
  readonly passive?: boolean;
  readonly addPathSendMax?: number;
  readonly holdTime?: number;
}

/** A route. */
export interface RouteSetting {
  readonly prefix: string;
  readonly nextHops: readonly string[];
}

/** The speaker's AS in the lab's tests. */
export const ownAs = 65000;

/** The speaker as the lab's tests have it. */
export const ownSpeaker = { as: ownAs, routerId: addresses.manager.v4, port: 179 };

/** A running speaker. */
export class SpeakerProcess {
  readonly process: Process;
  readonly #file: string;
  #revision: number;

  private constructor(process: Process, file: string) {
    this.process = process;
    this.#file = file;
    this.#revision = 1;
  }

  /** Starts it, in the manager's namespace or another one, and waits until the setting is applied. */
  static async start(lab: Lab, setting: Setting, role = "manager"): Promise<SpeakerProcess> {
    const file = `${lab.folder}/speaker-${role}.json`;
    await Deno.writeTextFile(file, JSON.stringify({ ...setting, revision: 1 }));
    const argv = [Deno.execPath(), "run", "--quiet", "--allow-net", `--allow-read=${file}`];
    const script = `${checkout}/tests/lab/speaker_child.ts`;
    const process = lab.spawn(role, `speaker-${role}`, [...argv, script, file]);
    const speaker = new SpeakerProcess(process, file);
    await speaker.#applied();
    return speaker;
  }

  /** Says everything anew and waits until it is applied. */
  async say(setting: Setting): Promise<void> {
    this.#revision++;
    const text = JSON.stringify({ ...setting, revision: this.#revision });
    await Deno.writeTextFile(this.#file, text);
    this.process.kill("SIGHUP");
    await this.#applied();
  }

  /** Everything it has logged. */
  log(): Promise<string> {
    return this.process.output();
  }

  async #applied(): Promise<void> {
    await this.process.says(new RegExp(`setting\\.applied.*revision=${this.#revision}\\b`));
  }
}
