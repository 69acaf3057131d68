/**
 * The claims of a pool, as the status of its Eip says them: every address in use and who has it
 * (docs/adr/0020).
 *
 * @module
 */

import type { Assignment } from "../ipam/mod.ts";
import { compareAddresses, formatAddress } from "../net/mod.ts";
import type { PoolPlan, PoolUse } from "./model.ts";
import type { Stages } from "./stages.ts";

const usedTexts = new WeakMap<PoolPlan, Readonly<Record<string, string>>>();

/** The addresses in use, as text, and who has them: all of them, since they are claims. */
export function usedText(
  pool: PoolPlan,
  { withheld, kept }: Stages,
): Readonly<Record<string, string>> {
  const keptHere = kept.filter((each) => each.pool === pool.eip.name);
  if (keptHere.length === 0 && !pool.used.some((each) => withheld.has(each as Assignment))) {
    const known = usedTexts.get(pool) ?? textOf(pool.used);
    usedTexts.set(pool, known);
    return known;
  }
  const uses = [...pool.used.filter((each) => !withheld.has(each as Assignment)), ...keptHere];
  return textOf(uses.sort((a, b) => compareAddresses(a.address, b.address)));
}

/** `uses` are in the order of addresses. */
function textOf(uses: readonly PoolUse[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  let last = "";
  let names: string[] = [];
  for (const use of uses) {
    const { address, service } = wordsOf(use);
    if (address !== last) names = [];
    last = address;
    names.push(service);
    found[address] = names.length === 1 ? service : [...new Set(names)].sort().join(",");
  }
  return found;
}

/** Kept for as long as the use: there are thousands, and all of them are said again for each claim. */
const useWords = new WeakMap<PoolUse, { readonly address: string; readonly service: string }>();

function wordsOf(use: PoolUse): { readonly address: string; readonly service: string } {
  const known = useWords.get(use);
  if (known !== undefined) return known;
  const { namespace, name } = use.service;
  const words = { address: formatAddress(use.address), service: `${namespace}/${name}` };
  useWords.set(use, words);
  return words;
}
