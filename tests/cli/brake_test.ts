import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { kubeconfigOf } from "../support/kubeconfig.ts";
import { executable, porter, type Run } from "../support/porter.ts";

/** Types the command that was printed, as it was printed. */
async function asPrinted(said: string): Promise<Run> {
  const command = /withdraw them: porter (.*)/.exec(said)?.[1] ?? "";
  const args = ["-c", `"$0" ${command}`, executable];
  const { code, stdout, stderr } = await new Deno.Command("sh", { args }).output();
  const [out = "", err = ""] = [stdout, stderr].map((each) => new TextDecoder().decode(each));
  return { code, stdout: out, stderr: err };
}

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
    const url = `http://127.0.0.1:${server.addr.port}`;
    const contexts = { context: "over here", current: "elsewhere" };
    await Deno.writeTextFile(file, kubeconfigOf(url, contexts));
    const shown = await porter(["brake", "--kubeconfig", file, "--context", "over here"]);
    assertEquals([shown.code, shown.stderr], [0, ""]);
    assertStringIncludes(shown.stdout, "BgpConf conf holds 8 routes, 80% of all, since");
    assertStringIncludes(shown.stdout, "203.0.113.1-203.0.113.8  10.0.0.11");
    assertStringIncludes(shown.stdout, "Of shop/web");
    const released = await asPrinted(shown.stdout);
    assertEquals([released.code, released.stderr], [0, ""]);
    const at = /before (\S+)/.exec(released.stdout)?.[1] ?? "";
    assert(Math.abs(Date.parse(at) - Date.now()) < 60_000, released.stdout);
    const body = JSON.stringify({ metadata: { annotations: { [annotation]: at } } });
    assertEquals(asked, [
      "PATCH /apis/network.kubesphere.io/v1alpha1/bgpconfs/conf " +
      `application/merge-patch+json ${body}`,
    ]);

    confs = [conf({ ...holding, since: new Date(Date.now() + 300_000).toISOString() })];
    const here = ["--kubeconfig", file, "--context", "over here"];
    const behind = await porter(["brake", "--release", ...here]);
    const later = Date.parse(/before (\S+)/.exec(behind.stdout)?.[1] ?? "");
    assert(later > Date.now() + 200_000, "a clock that is behind still releases this hold");

    confs = [conf()];
    asked.length = 0;
    const idle = await porter(["brake", ...here]);
    assertStringIncludes(idle.stdout, "Nothing is held. BgpConf conf holds more than 50%");
    confs = [conf(undefined, {})];
    assertStringIncludes((await porter(["brake", ...here])).stdout, "The brake is off");
    for (const said of [[], [conf(undefined, {})]]) {
      confs = said;
      const nothing = await porter(["brake", "--release", ...here]);
      assertEquals([nothing.code, nothing.stderr], [0, ""]);
      assertStringIncludes(nothing.stdout, "Nothing to release. ");
    }
    assertEquals(asked, [], "nothing is written where nothing can be held");
    for (const unnamed of [undefined, { ...holding, since: "yesterday" }]) {
      confs = [conf(unnamed)];
      asked.length = 0;
      const told = await porter(["brake", "--release", ...here]);
      assertEquals([told.code, told.stderr], [0, ""]);
      assertStringIncludes(told.stdout, "its status names nothing held");
      const at = /before ([^\s,]+)/.exec(told.stdout)?.[1] ?? "";
      assert(Math.abs(Date.parse(at) - Date.now()) < 60_000, told.stdout);
      assertEquals(asked.length, 1, "a status that names nothing is not what is held");
      assertStringIncludes(asked[0] ?? "", `"${annotation}":"${at}"`);
    }
  } finally {
    await server.shutdown();
    await Deno.remove(file);
  }
});

Deno.test("brake releases what a directory's manager holds, and leaves the manifests alone", async () => {
  const folder = await Deno.makeTempDir();
  const directory = `${folder}/it's here`;
  const manifest = (annotations: Record<string, string> = {}): string =>
    JSON.stringify({
      apiVersion: "network.kubesphere.io/v1alpha1",
      kind: "BgpConf",
      metadata: { name: "conf", annotations },
      spec: { as: 64512, routerID: "10.0.0.1", port: 179, brake: {} },
    });
  const path = `${directory}/conf.json`;
  const statuses = `${directory}/.status`;
  const run = (...args: string[]) => porter(["brake", "--directory", directory, ...args]);
  try {
    await Deno.mkdir(directory);
    const nothing = await run("--release");
    assertEquals([nothing.code, nothing.stderr], [0, ""]);
    assertStringIncludes(nothing.stdout, "Nothing to release. There is no BgpConf");
    await assertRejects(() => Deno.stat(statuses));

    await Deno.writeTextFile(path, manifest());
    const unnamed = await run("--release");
    assertEquals([unnamed.code, unnamed.stderr], [0, ""]);
    assertStringIncludes(unnamed.stdout, "its status names nothing held");
    const early = /before ([^\s,]+)/.exec(unnamed.stdout)?.[1] ?? "";
    assertStringIncludes(
      await Deno.readTextFile(`${statuses}/BgpConf/conf.yaml`),
      `${annotation}: ${early}`,
    );

    await Deno.mkdir(`${statuses}/BgpConf`, { recursive: true });
    await Deno.writeTextFile(
      `${statuses}/BgpConf/conf.yaml`,
      JSON.stringify({ status: { brake: holding } }),
    );
    const { code, stdout, stderr } = await asPrinted((await run()).stdout);
    assertEquals([code, stderr], [0, ""]);
    const at = /before (\S+)/.exec(stdout)?.[1] ?? "";
    assertEquals(await Deno.readTextFile(path), manifest());
    const shown = await run("-o", "json");
    assertEquals(JSON.parse(shown.stdout).conf, "conf");
    const status = await Deno.readTextFile(`${statuses}/BgpConf/conf.yaml`);
    assertStringIncludes(status, `${annotation}: ${at}`);

    await Deno.writeTextFile(path, manifest({ [annotation]: "2026-01-31T12:00:00Z" }));
    const refused = await run("--release");
    assertEquals(refused.code, 1);
    assertStringIncludes(refused.stderr, "The manifest of BgpConf conf has the annotation itself");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("asked of a manager, brake prints how to release where the manager's objects are", async () => {
  let source: Record<string, string> = {};
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const held = [{ addresses: ["203.0.113.1"], nextHops: ["10.0.0.11"] }];
    const settings = { maxWithdrawn: 50, withinSeconds: 10, minRoutes: 10 };
    return Response.json(
      new URL(request.url).pathname.endsWith("/brake")
        ? {
          ...{ conf: "conf", settings, since: Date.now() - 5000, routes: 8, percent: 80, held },
          ...{ services: [], moreServices: 0 },
        }
        : {
          ...{ version: "0.1.0", mode: "manager", source, startedAt: 0, now: 1, leads: true },
          ...{ node: null, serveClassless: false, missing: [], faults: [], speaker: null },
          services: [],
        },
    );
  });
  const printed = async () => {
    const { stdout } = await porter(["brake", "--manager", `127.0.0.1:${server.addr.port}`]);
    return /withdraw them: (.*)/.exec(stdout)?.[1];
  };
  try {
    source = { directory: "/etc/porter", statuses: "/var/lib/porter" };
    assertEquals(
      await printed(),
      "porter brake --release --directory /etc/porter --status-directory /var/lib/porter",
    );
    source = { server: "https://10.96.0.1", source: "the pod's ServiceAccount" };
    assertEquals(
      await printed(),
      `kubectl annotate --overwrite bgpconf conf ${annotation}=$(date -u +%FT%TZ)`,
    );
  } finally {
    await server.shutdown();
  }
});

Deno.test("brake --release without a place says what to do", async () => {
  const { code, stderr } = await porter(["brake", "--release"]);
  assertEquals(code, 1);
  assertStringIncludes(stderr, "--kubeconfig FILE or --directory DIR");
});
