/**
 * LabelSelector of meta/v1: `matchLabels` and `matchExpressions`, all of which must hold. One without
 * any requirement matches everything.
 *
 * @module
 */

import type { z } from "zod";
import { list, oneOf, section, text, textMap } from "./field.ts";

/** What labels are asked for. */
export interface LabelSelector {
  readonly requirements: readonly Requirement[];
}

/** One thing that must hold. */
export interface Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  /** Empty for Exists and DoesNotExist. */
  readonly values: readonly string[];
}

/** The schema. */
export const labelSelectorSchema = section({
  matchLabels: textMap().optional().describe("Labels that must be there with just these values."),
  matchExpressions: list(section({
    key: text().describe("The name of the label."),
    operator: oneOf("In", "NotIn", "Exists", "DoesNotExist")
      .describe("NotIn and DoesNotExist hold for objects without the label, too."),
    values: list(text()).optional().describe("The values of In and NotIn."),
  })).optional().describe("Requirements that must all hold."),
});

/** Makes porter's noun of a selector that the schema accepted. */
export function readLabelSelector(raw: z.infer<typeof labelSelectorSchema>): LabelSelector {
  const labels = Object.entries(raw.matchLabels ?? {}).map(([key, value]): Requirement => ({
    key,
    operator: "In",
    values: [value],
  }));
  const expressions = (raw.matchExpressions ?? []).map(({ key, operator, values }) => ({
    key,
    operator,
    values: values ?? [],
  }));
  return { requirements: [...labels, ...expressions] };
}

/** Whether an object with these labels is meant. */
export function selects(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>>,
): boolean {
  return selector.requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
    }
  });
}
