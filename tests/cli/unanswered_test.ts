/**
 * What a command says when the porter that it asks does not answer: what is wrong, and what to type next.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { unansweredText } from "../../lib/cli/unanswered.ts";
import { porter } from "../support/porter.ts";
import { freePort } from "../support/running_manager.ts";

async function complaint(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await porter(args);
  assertEquals([code, stdout], [1, ""]);
  assertEquals(stderr.trim().split("\n").length, 1);
  return stderr;
}

Deno.test("where nobody listens, the port-forward to type is printed, of who was asked", async () => {
  const port = freePort();
  assertStringIncludes(
    await complaint(["peers", "--manager", `127.0.0.1:${port}`]),
    `Cannot ask the manager at 127.0.0.1:${port}: nobody listens there; does porter manager run here? ` +
      "ss -ltnp says who listens where. One in a pod is asked through " +
      `kubectl -n porter-system port-forward deploy/porter-manager ${port}:7985`,
  );
  const agent = ["--manager", `127.0.0.1:${port}`, "--agent", `127.0.0.1:${port}`];
  assertStringIncludes(
    await complaint(["explain", "web", ...agent]),
    `port-forward pod/porter-agent-abcde ${port}:7986`,
  );
  const { stdout } = await porter(["doctor", ...agent]);
  assertMatch(stdout, /^\?\? manager: Cannot ask the manager at .*: nobody listens there/m);
  assertMatch(stdout, /^\?\? host state: Cannot ask the agent at .*: nobody listens there/m);
});

Deno.test("a socket that is not there, or that nobody listens at, is told apart", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/porter.sock`;
  try {
    assertStringIncludes(
      await complaint(["peers", "--manager", `unix:${path}`]),
      `there is no such socket; it is there while porter manager --api-address unix:${path} runs`,
    );
    await Deno.writeTextFile(path, "");
    assertStringIncludes(
      await complaint(["peers", "--manager", `unix:${path}`]),
      "nobody listens at that socket, the porter manager that made it has ended",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a socket that may not be opened says as whom to ask", () => {
  // As the system says it to who is not root.
  const cause = new Error("client error (Connect): Permission denied (os error 13)");
  const thrown = new TypeError("error sending request", { cause });
  assertStringIncludes(
    unansweredText("manager", { path: "/run/porter.sock" }, thrown),
    "Cannot ask the manager at unix:/run/porter.sock: no permission for the socket; ask as root",
  );
});

Deno.test("another server is not taken for porter, and its port is named", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("not found", { status: 404 }),
  );
  try {
    assertMatch(
      await complaint(["peers", "--manager", `127.0.0.1:${server.addr.port}`]),
      /What answers at 127\.0\.0\.1:\d+ \(HTTP 404\) is not the manager's API, which is at port 7985/,
    );
  } finally {
    await server.shutdown();
  }
});

Deno.test("what the system says of a name or a route is said without the URL", async () => {
  const said = await complaint(["peers", "--manager", "nowhere.invalid:7985"]);
  assertMatch(said, /^porter: Cannot ask the manager at nowhere\.invalid:7985: dns error: /);
});
