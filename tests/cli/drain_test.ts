import { assertEquals, assertStringIncludes } from "@std/assert";
import { porter } from "../support/porter.ts";

Deno.test("drain and undrain set and remove the annotation of the Node alone", async () => {
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      const type = request.headers.get("content-type");
      asked.push(`${request.method} ${pathname} ${type} ${await request.text()}`);
      const status = {
        kind: "Status",
        message: 'nodes "node9" not found',
        reason: "NotFound",
        code: 404,
      };
      return pathname.endsWith("node9")
        ? Response.json(status, { status: 404 })
        : Response.json({});
    },
  );
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": "here",
        clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${server.addr.port}` } }],
        contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
        users: [{ name: "u", user: { token: "t" } }],
      }),
    );
    const drained = await porter(["drain", "node1", "--kubeconfig", file]);
    assertEquals([drained.code, drained.stderr], [0, ""]);
    const since = /since (\S+)/.exec(drained.stdout)?.[1] ?? "";
    assertEquals(Math.abs(Date.parse(since) - Date.now()) < 60_000, true);
    assertEquals((await porter(["undrain", "node1", "--kubeconfig", file])).code, 0);
    const unknown = await porter(["drain", "node9", "--kubeconfig", file]);
    assertEquals(unknown.code, 1);
    assertStringIncludes(unknown.stderr, "Cannot annotate Node node9");
    const patch = "PATCH /api/v1/nodes/node1 application/merge-patch+json";
    const body = (value: string | null): string =>
      JSON.stringify({ metadata: { annotations: { "porter.kubesphere.io/drain": value } } });
    assertEquals(asked.slice(0, 2), [`${patch} ${body(since)}`, `${patch} ${body(null)}`]);
  } finally {
    await server.shutdown();
    await Deno.remove(file);
  }
});

Deno.test("drain without a cluster says what to do", async () => {
  const { code, stderr } = await porter(["drain", "node1"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "--kubeconfig");
});
