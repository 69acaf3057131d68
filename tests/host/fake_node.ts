/**
 * A node's kernel as a model: it takes the very texts that porter renders and changes its tables
 * by them, refusing what the real tools refuse (tests/lab/host_test.ts holds the two together).
 *
 * @module
 */

import {
  addDiscard,
  addRoute,
  deleteDiscard,
  deleteRoute,
  type ForeignLocal,
  type HostChange,
  type HostObserved,
  type ObservedTable,
  renderRuleset,
} from "../../lib/host/mod.ts";
import {
  type Address,
  compareAddresses,
  comparePrefixes,
  formatAddress,
  formatPrefix,
  parseAddress,
  parsePrefix,
  type Prefix,
} from "../../lib/net/mod.ts";
import { assert } from "@std/assert";

/** Reads an address that a test wrote. */
export function address(text: string): Address {
  const parsed = parseAddress(text);
  assert(parsed !== undefined, `${text} is no address`);
  return parsed;
}

/** Reads a prefix that a test wrote. */
export function prefixOf(text: string): Prefix {
  const parsed = parsePrefix(text);
  assert(parsed !== undefined, `${text} is no prefix`);
  return parsed;
}

interface FakeTable {
  eips: Set<string>;
  services: Set<string>;
  rulesIntact: boolean;
}

/** The model. `check` is called after each step that packets could meet. */
export class FakeNode {
  readonly routes = new Set<string>();
  readonly discards = new Set<string>();
  readonly strays = new Set<string>();
  readonly foreign: ForeignLocal[] = [];
  table: FakeTable | undefined;
  check: () => void = () => {};

  /** Takes over an observed state. */
  static from(observed: HostObserved): FakeNode {
    const node = new FakeNode();
    for (const route of observed.routes) node.routes.add(formatAddress(route));
    for (const each of observed.discards) node.discards.add(formatPrefix(each));
    for (const stray of observed.strayRoutes) node.strays.add(stray);
    node.foreign.push(...observed.foreignLocal);
    const { table } = observed;
    node.table = table && {
      eips: new Set(table.eips.map(formatAddress)),
      services: new Set(table.services),
      rulesIntact: table.rulesIntact,
    };
    return node;
  }

  observe(): HostObserved {
    const table: ObservedTable | undefined = this.table && {
      eips: sorted(this.table.eips),
      services: [...this.table.services].sort(),
      rulesIntact: this.table.rulesIntact,
    };
    return {
      routes: sorted(this.routes),
      discards: [...this.discards].map(prefixOf).sort(comparePrefixes),
      strayRoutes: [...this.strays],
      foreignLocal: [...this.foreign],
      table,
    };
  }

  apply(change: HostChange): void {
    if (change.nftScript !== "") {
      this.#nft(change.nftScript);
      this.check();
    }
    for (const line of change.ipBatch.split("\n").filter((text) => text !== "")) {
      this.#ip(line);
      this.check();
    }
  }

  #ip(line: string): void {
    for (const stray of this.strays) {
      if (line === `route del ${stray}`) return void this.strays.delete(stray);
    }
    const discarded = /^route (?:add|del) unreachable (\S+) /.exec(line)?.[1];
    if (discarded !== undefined) return this.#discard(line, discarded);
    const text = /^route (?:add|del) local (\S+) /.exec(line)?.[1];
    assert(text !== undefined, `not a line of porter's: ${line}`);
    if (line === addRoute(address(text))) {
      const taken = this.foreign.some((foreign) => formatAddress(foreign.address) === text);
      if (taken || this.routes.has(text)) throw new Error(`File exists: ${line}`);
      this.routes.add(text);
    } else {
      assert(line === deleteRoute(address(text)), `not a line of porter's: ${line}`);
      if (!this.routes.delete(text)) throw new Error(`No such process: ${line}`);
    }
  }

  #discard(line: string, text: string): void {
    if (line === addDiscard(prefixOf(text))) {
      if (this.discards.has(text)) throw new Error(`File exists: ${line}`);
      this.discards.add(text);
    } else {
      assert(line === deleteDiscard(prefixOf(text)), `not a line of porter's: ${line}`);
      if (!this.discards.delete(text)) throw new Error(`No such process: ${line}`);
    }
  }

  /** One transaction: on any error nothing has happened. */
  #nft(script: string): void {
    let table = this.table && {
      eips: new Set(this.table.eips),
      services: new Set(this.table.services),
      rulesIntact: this.table.rulesIntact,
    };
    let rest = script;
    if (rest.startsWith(renderRuleset())) {
      table = { eips: new Set(), services: new Set(), rulesIntact: true };
      rest = rest.slice(renderRuleset().length);
    }
    for (const line of rest.split("\n").filter((text) => text !== "")) {
      if (table === undefined) throw new Error(`No such table: ${line}`);
      if (line === "delete table inet porter") {
        table = undefined;
        continue;
      }
      const match = /^(add|delete) element inet porter (eips|services)([46]) \{ (.*) \}$/.exec(
        line,
      );
      assert(match !== null, `not a line of porter's: ${line}`);
      const [, verb, kind, family, list] = match as unknown as [
        string,
        string,
        string,
        string,
        string,
      ];
      for (const element of list.split(", ")) {
        assert(element.includes(":") === (family === "6"), `wrong family: ${line}`);
        const set = kind === "eips" ? table.eips : table.services;
        const key = element.replaceAll(" . ", " ");
        if (verb === "add") set.add(key);
        else if (!set.delete(key)) throw new Error(`No such element: ${element}`);
      }
    }
    this.table = table;
  }
}

function sorted(texts: Iterable<string>): Address[] {
  return [...texts].map(address).sort(compareAddresses);
}
