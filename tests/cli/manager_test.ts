import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { formatPrefix } from "../../lib/net/mod.ts";
import { permissionFlags } from "../../lib/cli/permissions.ts";
import { until } from "../../scripts/lab/mod.ts";
import { BgpClient } from "../support/bgp_client.ts";
import { build, executable, porter } from "../support/porter.ts";
import {
  freePort,
  peerObjects,
  serviceObjects,
  withDirectory,
  withManager,
} from "../support/running_manager.ts";

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`porter manager announces, and ends with Cease and code 0 on ${signal}`, async () => {
    await withManager([], serviceObjects, async (manager) => {
      const leaf = await BgpClient.connect(manager.port, 64513);
      // The table may still be empty at first: an address is announced once its record is written.
      let announced: readonly string[] = [];
      while (announced.length === 0) {
        const update = await leaf.until("update");
        assert(update, "porter closed the session");
        announced = update.nlri.map(({ prefix }) => formatPrefix(prefix));
      }
      assertEquals(announced, ["203.0.113.7/32"]);
      manager.signal(signal);
      const notification = await leaf.until("notification");
      leaf.close();
      assertEquals([notification?.code, notification?.subcode], [6, 2]);
      const events = (await manager.end()).trim().split("\n")
        .map((line) => JSON.parse(line).event);
      assertEquals([events[0], events.includes("manager.stopping")], ["manager.started", true]);
      const status = await Deno.readTextFile(`${manager.dir}/.status/Service/default/web.yaml`);
      assertStringIncludes(status, "203.0.113.7");
    });
  });
}

const guarded = `---
apiVersion: network.kubesphere.io/v1alpha1
kind: BgpPeer
metadata: { name: guarded }
spec:
  config: { peerAs: 64514, neighborAddress: 127.0.0.9 }
  transport: { ttlSecurity: 1 }
`;

Deno.test("porter manager without --allow-ffi refuses the peers that need it, and serves the others", async () => {
  const port = freePort();
  await withDirectory(peerObjects(port), async (dir) => {
    await Deno.writeTextFile(`${dir}/guarded.yaml`, guarded);
    const flags = permissionFlags(["manager"]).filter((flag) => flag !== "--allow-ffi");
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...flags, main, "manager", "--directory", dir],
      stderr: "null",
    }).spawn();
    const leaf = await BgpClient.connect(port, 64513);
    assert(await leaf.until("update"));
    const refused = await until("the status says so", async () => {
      const text = await Deno.readTextFile(`${dir}/.status/BgpPeer/guarded.yaml`).catch(() => "");
      return text.includes("SocketOptionsDenied") && text;
    });
    assertStringIncludes(refused.value, "porter was started without --allow-ffi");
    leaf.close();
    child.kill("SIGTERM");
    await child.status;
  });
});

Deno.test("porter manager tells of a port in use with one line and code 1", async () => {
  const holder = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  try {
    await withDirectory(peerObjects(holder.addr.port), async (dir) => {
      const { code, stderr } = await porter([
        "manager",
        "--directory",
        dir,
        "--log-level",
        "error",
      ]);
      const last = stderr.trim().split("\n").at(-1) ?? "";
      assertMatch(
        last,
        new RegExp(`^porter: .*port ${holder.addr.port}.*another process holds it`),
      );
      assertEquals(code, 1);
    });
  } finally {
    holder.close();
  }
});

Deno.test("porter manager refuses to start where it cannot write statuses", async () => {
  await withDirectory(peerObjects(freePort()), async (dir) => {
    const status = `${dir}/all.yaml`;
    const { code, stderr } = await porter([
      ...["manager", "--directory", dir, "--status-directory", status],
    ]);
    assertMatch(stderr, /^porter: Cannot write statuses to "[^\n]*all\.yaml"[^\n]*\n$/);
    assertEquals(code, 1);
  });
});

Deno.test("porter manager logs at the level and in the form that is asked for", async () => {
  const args = ["--log-level", "debug", "--log-format", "text"];
  await withManager(args, peerObjects, async (manager) => {
    await manager.meet();
    assertMatch(await manager.end(), /^\d\d:\d\d:\d\d\.\d{3} INFO +manager\.started /m);
  });
});

/** All that a command which runs a manager prints, ended in order once the manager has started. */
async function printedBy(program: string, ...args: string[]): Promise<string> {
  const options = { args, stdin: "null", stdout: "piped" } as const;
  const child = new Deno.Command(program, options).spawn();
  // It says nothing of a start, or does not end.
  const late = setTimeout(() => child.kill("SIGKILL"), 30_000);
  let [text, isAsked] = ["", false];
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (isAsked || !text.includes("manager.started")) continue;
    child.kill("SIGTERM");
    isAsked = true;
  }
  const { code } = await child.status;
  clearTimeout(late);
  assertEquals([code, isAsked], [0, true], text);
  return text;
}

Deno.test("porter manager logs text on a terminal, and JSON lines elsewhere", async () => {
  await withDirectory(peerObjects(freePort()), async (dir) => {
    await build();
    await Deno.mkdir(`${dir}/other`);
    const command = (directory: string): string =>
      `exec ${executable} manager --directory ${directory} --api-address none`;
    // script(1) gives its command a terminal, and passes on the signal.
    const [typed, piped] = await Promise.all([
      printedBy("script", "-qfec", command(dir), "/dev/null"),
      printedBy("sh", "-c", `${command(`${dir}/other`)} 2>&1`),
    ]);
    assertMatch(typed, /^\d\d:\d\d:\d\d\.\d{3} INFO +manager\.started /m);
    assertEquals(typed.includes('{"time"'), false);
    for (const line of piped.trim().split("\n")) {
      assertEquals(typeof JSON.parse(line).event, "string");
    }
  });
});
