import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { porter } from "../support/porter.ts";

const annotation = "porter.kubesphere.io/brake-release";
const since = new Date(Date.now() - 60_000).toISOString();
const conf = (brake: unknown = undefined, spec: Record<string, unknown> = { brake: {} }) => ({
  metadata: { name: "conf" },
  spec: { as: 64512, routerID: "10.0.0.1", port: 179, ...spec },
  ...(brake === undefined ? {} : { status: { brake } }),
});
const holding = {
  ...{ since, routes: 8, percent: 80 },
  held: [{ addresses: ["203.0.113.1-203.0.113.8"], paths: [{ nextHop: "10.0.0.11" }] }],
};
const eips = [{
  metadata: { name: "edge" },
  spec: { address: "203.0.113.0/24", protocol: "bgp" },
  status: { used: { "203.0.113.1": "shop/web" } },
}];

Deno.test("brake says what a cluster's BgpConf holds, and releases it by annotation alone", async () => {
  const asked: string[] = [];
  let confs: readonly unknown[] = [conf(holding)];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname } = new URL(request.url);
      if (request.method !== "GET") {
        const type = request.headers.get("content-type");
        asked.push(`${request.method} ${pathname} ${type} ${await request.text()}`);
        return Response.json({});
      }
      return Response.json({ items: pathname.endsWith("/eips") ? eips : confs });
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
    const shown = await porter(["brake", "--kubeconfig", file]);
    assertEquals([shown.code, shown.stderr], [0, ""]);
    assertStringIncludes(shown.stdout, "BgpConf conf holds 8 routes, 80% of all, since");
    assertStringIncludes(shown.stdout, "203.0.113.1-203.0.113.8  10.0.0.11");
    assertStringIncludes(shown.stdout, "Of shop/web");
    assertStringIncludes(shown.stdout, `porter brake --release --kubeconfig ${file}`);

    const released = await porter(["brake", "--release", "--kubeconfig", file]);
    assertEquals([released.code, released.stderr], [0, ""]);
    const at = /before (\S+)/.exec(released.stdout)?.[1] ?? "";
    assert(Math.abs(Date.parse(at) - Date.now()) < 60_000, released.stdout);
    const body = JSON.stringify({ metadata: { annotations: { [annotation]: at } } });
    assertEquals(asked, [
      "PATCH /apis/network.kubesphere.io/v1alpha1/bgpconfs/conf " +
      `application/merge-patch+json ${body}`,
    ]);

    confs = [conf({ ...holding, since: new Date(Date.now() + 300_000).toISOString() })];
    const behind = await porter(["brake", "--release", "--kubeconfig", file]);
    const later = Date.parse(/before (\S+)/.exec(behind.stdout)?.[1] ?? "");
    assert(later > Date.now() + 200_000, "a clock that is behind still releases this hold");

    confs = [conf()];
    const idle = await porter(["brake", "--kubeconfig", file]);
    assertStringIncludes(idle.stdout, "Nothing is held. BgpConf conf holds more than 50%");
    confs = [conf(undefined, {})];
    assertStringIncludes(
      (await porter(["brake", "--kubeconfig", file])).stdout,
      "The brake is off",
    );
    const off = await porter(["brake", "--release", "--kubeconfig", file]);
    assertEquals(off.code, 1);
    assertStringIncludes(off.stderr, "has no spec.brake");
  } finally {
    await server.shutdown();
    await Deno.remove(file);
  }
});

Deno.test("brake releases what a directory's manager holds, and leaves the manifests alone", async () => {
  const directory = await Deno.makeTempDir();
  const manifest = (annotations: Record<string, string> = {}): string =>
    JSON.stringify({
      apiVersion: "network.kubesphere.io/v1alpha1",
      kind: "BgpConf",
      metadata: { name: "conf", annotations },
      spec: { as: 64512, routerID: "10.0.0.1", port: 179, brake: {} },
    });
  const path = `${directory}/conf.json`;
  const run = (...args: string[]) => porter(["brake", "--directory", directory, ...args]);
  try {
    await Deno.writeTextFile(path, manifest());
    const { code, stdout, stderr } = await run("--release");
    assertEquals([code, stderr], [0, ""]);
    const at = /before (\S+)/.exec(stdout)?.[1] ?? "";
    assertEquals(await Deno.readTextFile(path), manifest());
    const shown = await run("-o", "json");
    assertEquals(JSON.parse(shown.stdout).conf, "conf");
    const status = await Deno.readTextFile(`${directory}/.status/BgpConf/conf.yaml`);
    assertStringIncludes(status, `${annotation}: ${at}`);

    await Deno.writeTextFile(path, manifest({ [annotation]: "2026-01-31T12:00:00Z" }));
    const refused = await run("--release");
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "The manifest of BgpConf conf has the annotation itself");
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("brake --release without a place says what to do", async () => {
  const { code, stderr } = await porter(["brake", "--release"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "--kubeconfig FILE or --directory DIR");
});
