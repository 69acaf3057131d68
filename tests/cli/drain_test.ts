import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { kubeconfigOf } from "../support/kubeconfig.ts";
import { porter } from "../support/porter.ts";

const annotation = "porter.kubesphere.io/drain";

/** An API server with node1, which may be annotated, and nobody else; what was changed, and how to get there. */
class Site {
  readonly asked: string[] = [];
  annotations: Record<string, string> = { other: "kept" };
  file = "";
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => this.#answer(request),
  );

  static async open(): Promise<Site> {
    const site = new Site();
    site.file = await Deno.makeTempFile();
    const { port } = site.#server.addr;
    const url = `http://127.0.0.1:${port}`;
    await Deno.writeTextFile(site.file, kubeconfigOf(url, { context: "here" }));
    return site;
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (request.method === "PATCH") {
      const type = request.headers.get("content-type");
      const body = await request.text();
      this.asked.push(`PATCH ${pathname} ${type} ${body}`);
      const change: Record<string, string | null> = JSON.parse(body).metadata.annotations;
      const all = Object.entries({ ...this.annotations, ...change });
      this.annotations = Object.fromEntries(
        all.flatMap(([key, value]) => value === null ? [] : [[key, value]]),
      );
    }
    if (pathname === "/api/v1/nodes/node1") {
      return Response.json({ metadata: { name: "node1", annotations: this.annotations } });
    }
    const status = {
      kind: "Status",
      message: `${pathname} not found`,
      reason: "NotFound",
      code: 404,
    };
    return Response.json(status, { status: 404 });
  }

  async run(command: string, node: string): Promise<string> {
    const { code, stdout, stderr } = await porter([command, node, "--kubeconfig", this.file]);
    assertEquals([code, stderr], [0, ""]);
    return stdout.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await Deno.remove(this.file);
  }
}

Deno.test("drain and undrain set and remove the annotation of the Node alone", async () => {
  await using site = await Site.open();
  const said = await site.run("drain", "node1");
  const since = /^Node node1 is drained since (\S+)$/.exec(said)?.[1] ?? "";
  assert(Math.abs(Date.parse(since) - Date.now()) < 60_000, said);
  assertEquals(
    await site.run("undrain", "node1"),
    `Node node1 is not drained any more, as it was since ${since}`,
  );
  const patch = "PATCH /api/v1/nodes/node1 application/merge-patch+json";
  const body = (value: string | null): string =>
    JSON.stringify({ metadata: { annotations: { [annotation]: value } } });
  assertEquals(site.asked, [`${patch} ${body(since)}`, `${patch} ${body(null)}`]);
  assertEquals(site.annotations, { other: "kept" });
});

Deno.test("a node that is drained already keeps the time at which that began", async () => {
  await using site = await Site.open();
  site.annotations = { [annotation]: "2026-01-31T12:00:00Z" };
  assertEquals(
    await site.run("drain", "node1"),
    "Node node1 is drained already, since 2026-01-31T12:00:00Z; nothing was changed",
  );
  assertEquals(site.asked, []);
  // Without a time it would never leave.
  site.annotations = { [annotation]: "yes" };
  assertStringIncludes(
    await site.run("drain", "node1"),
    '; its annotation said "yes", which is no time',
  );
  assert(!Number.isNaN(Date.parse(site.annotations[annotation] ?? "")));
});

Deno.test("undrain says of a node that was not drained that it was not", async () => {
  await using site = await Site.open();
  assertEquals(
    await site.run("undrain", "node1"),
    `Node node1 was not drained: it has no annotation ${annotation}; nothing was changed`,
  );
  assertEquals(site.asked, []);
});

Deno.test("a node that is not there is neither drained nor undrained", async () => {
  await using site = await Site.open();
  for (const command of ["drain", "undrain"]) {
    const { code, stderr } = await porter([command, "node9", "--kubeconfig", site.file]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `Cannot ${command} Node node9 at http://127.0.0.1:`);
    assertStringIncludes(stderr, "node9 not found");
  }
  assertEquals(site.asked, []);
});

Deno.test("drain without a cluster says what to do", async () => {
  const { code, stderr } = await porter(["drain", "node1"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "--kubeconfig");
});
