/**
 * Flags that do not go together: one that would be ignored is refused, by name, before anything is done.
 *
 * @module
 */

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { Failure } from "./failure.ts";

/** Two places of objects: the first would win. */
const either: readonly (readonly [string, string])[] = [
  ["directory", "kubeconfig"],
  ["directory", "manager"],
  ["kubeconfig", "manager"],
];

/** What only says more of another flag. */
const needs: readonly (readonly [flag: string, other: string])[] = [
  ["statusDirectory", "directory"],
  ["context", "kubeconfig"],
];

/** Throws a Failure for a flag that says nothing beside the others that were given. */
export function checkCombination(command: CommandUnknownOpts): void {
  const names = new Map(
    command.options.map((each) => [each.attributeName(), each.long ?? each.flags]),
  );
  const given = (name: string): boolean => command.getOptionValueSource(name) === "cli";
  const flag = (name: string): string => names.get(name) ?? name;
  for (const [one, other] of either) {
    if (given(one) && given(other)) {
      throw new Failure(`${flag(one)} and ${flag(other)} do not go together: give one of them`);
    }
  }
  for (const [one, other] of needs) {
    if (given(one) && names.has(other) && !given(other)) {
      throw new Failure(`${flag(one)} needs ${flag(other)}`);
    }
  }
  // A running manager says itself whether it serves them; the manager's own flag is another matter.
  if (given("serveClassless") && names.has("manager") && names.has("directory")) {
    if (!given("directory")) {
      throw new Failure(
        "--serve-classless needs --directory: a running manager knows it of itself",
      );
    }
  }
}
