/**
 * All fuzz targets. A decoder of text or bytes from outside has its target in a file beside this one
 * and its line in the table here.
 *
 * @module
 */

import type { FuzzTarget } from "./runner.ts";
import { bfdTargets } from "./bfd_targets.ts";
import { hostTargets } from "./host_targets.ts";
import { targets as kubernetesTargets } from "./targets_kubernetes.ts";
import { targets as objectTargets } from "./targets_objects.ts";
import { tableTargets } from "./table_targets.ts";
import { tellingTargets } from "./telling_targets.ts";
import { textTargets } from "./text_targets.ts";
import { wireTargets } from "./wire_targets.ts";

/** Every target; names are unique. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...wireTargets,
  ...tableTargets,
  ...textTargets,
  ...bfdTargets,
  ...hostTargets,
  ...objectTargets,
  ...kubernetesTargets,
  ...tellingTargets,
];
