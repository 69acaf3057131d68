import { assert, assertEquals } from "@std/assert";
import { allowedGrowth } from "../../scripts/soak/growth.ts";
import { soak } from "../../scripts/soak/soak.ts";
import { labTest } from "./lab_case.ts";

// What `deno task soak` does for ten minutes, in little.
labTest(
  "after 20,000 changes and six flaps the leaf's table is the plan's, and memory is not more",
  async (lab) => {
    const { rounds, growth } = await soak(lab, { changes: 20_000, rounds: 6, roundMs: 1000 });
    assertEquals(rounds.length, 6);
    assertEquals(new Set(rounds.map(({ flap }) => flap)).size, 3);
    // Each round has compared the whole table; an empty one would have been easy.
    assert(rounds.every(({ routes }) => routes > 1000));
    assert(growth.heap < allowedGrowth.heap, JSON.stringify(rounds));
    assert(growth.resident < allowedGrowth.resident, JSON.stringify(rounds));
  },
);
