import { assert, assertEquals } from "@std/assert";
import { eventBody, microTime } from "../../../lib/store/kubernetes/events.ts";

Deno.test("an Event is named by what it says, so that the same fact is the same Event", () => {
  const object = { kind: "Eip", namespace: "", name: "edge" };
  const event = { object, type: "Normal", reason: "Announced", message: "m" } as const;
  const body = (message: string, uid = "u") =>
    eventBody({ event: { ...event, message }, uid, at: 0, instance: "i" });
  assertEquals(body("m").metadata, body("m").metadata);
  assertEquals(body("m").metadata.namespace, "default");
  assert(body("m").metadata.name !== body("n").metadata.name);
  assert(body("m").metadata.name !== body("m", "v").metadata.name);
  assertEquals(String(body("x".repeat(3000)).note).length, 1024);
  assertEquals(microTime(1), "1970-01-01T00:00:00.001000Z");
});
