/**
 * A BFD monitor that says what a test says.
 *
 * @module
 */

import type { BfdStatus, BfdTarget } from "../../lib/bfd/mod.ts";
import type { ManagedMonitor } from "../../lib/liveness/mod.ts";
import { addressOf } from "./objects.ts";

/** A monitor that says what the test says. */
export class SaidMonitor implements ManagedMonitor {
  said: BfdStatus[] = [];
  why: string | undefined;
  closed = false;
  onChange: () => void = () => {};
  targets: readonly BfdTarget[] = [];
  setTargets(all: readonly BfdTarget[]): void {
    this.targets = all;
  }
  sessions(): readonly BfdStatus[] {
    return this.said;
  }
  unavailable(): string | undefined {
    return this.why;
  }
  close(): void {
    this.closed = true;
  }

  say(state: BfdStatus["state"], failed: boolean, name = "BgpPeer leaf"): void {
    this.said = [{
      ...{ name, address: addressOf("192.0.2.1"), encapsulation: "single-hop", state, failed },
      ...{ remoteState: "Down", since: 0, wasUp: true, failures: 0 },
      ...{ transmitInterval: 100, detectionTime: 300 },
    }];
    this.onChange();
  }
}
