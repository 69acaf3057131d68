/**
 * From the porter of 2020, OpenELB and MetalLB to porter's own objects. What cannot come along is told,
 * field by field; nothing is lost in silence.
 *
 * ```ts
 * const { objects, notes } = migrate([pool, peer, service], { routerId: "192.0.2.2" });
 * ```
 *
 * @module
 */

import { fromMetallb, isMetallbPool, metallbPoolNames } from "./metallb.ts";
import type { Migration, MigrationOptions, RawObject } from "./model.ts";
import { fromOpenelb } from "./openelb.ts";
import { Reading, textOf } from "./reading.ts";
import { fromService } from "./services.ts";

export type { Migration, MigrationOptions, Note, RawObject } from "./model.ts";

/** Converts objects of any of the three, mixed or not; objects of other kinds are left out. */
export function migrate(input: readonly RawObject[], options: MigrationOptions = {}): Migration {
  const readings = input.map((each) => new Reading(each));
  const of = (group: string): readonly Reading[] =>
    readings.filter(({ raw }) => textOf(raw.apiVersion)?.startsWith(`${group}/`));
  const metallb = of("metallb.io");
  const eips = of("network.kubesphere.io").filter(({ kind }) => kind === "Eip");
  const names = new Map([
    ...metallbPoolNames(metallb.filter(isMetallbPool)),
    ...eips.map(({ name }) => [name, [name]] as const),
  ]);
  const services = readings.filter(({ raw, kind }) =>
    raw.apiVersion === "v1" && kind === "Service"
  );
  const objects = [
    ...of("network.kubesphere.io").flatMap(fromOpenelb),
    ...fromMetallb(metallb, options),
    ...services.flatMap((each) => fromService(each, names)),
  ];
  return { objects, notes: readings.flatMap((each) => each.notes()) };
}
