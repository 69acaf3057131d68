import { assertEquals } from "@std/assert";
import { apiError } from "../../../lib/store/kubernetes/errors.ts";

Deno.test("apiError() says what was asked and what the server said, in one line", () => {
  const body = JSON.stringify({ reason: "Forbidden", message: "eips is forbidden\nmore" });
  const error = apiError({ what: "GET /x", code: 403, body, retryAfterMs: undefined });
  assertEquals(error.message, "GET /x: 403 Forbidden: eips is forbidden");
  const page = apiError({ what: "GET /x", code: 502, body: "<html>", retryAfterMs: undefined });
  assertEquals(page.message, "GET /x: 502: <html>");
  assertEquals(apiError({ what: "", code: 410, body: "", retryAfterMs: undefined }).expired, true);
});
