import { assertEquals, assertRejects } from "@std/assert";
import { ClusterConfigError, inCluster } from "../../../lib/store/mod.ts";
import type { Clock } from "../../../lib/ports/mod.ts";

const environment = (name: string): string | undefined =>
  ({ KUBERNETES_SERVICE_HOST: "fd96::1", KUBERNETES_SERVICE_PORT: "443" })[name];

/** A clock that stands where it is put. */
function standing(): Clock & { at: number } {
  return { at: 0, now: () => 0, monotonic: () => clock.at, after: () => () => {} };
}

let clock = standing();

Deno.test("inCluster() reads the pod's files, and the token again when it may have rotated", async () => {
  clock = standing();
  const folder = await Deno.makeTempDir({ prefix: "porter-pod-" });
  try {
    await Deno.writeTextFile(`${folder}/token`, "first\n");
    await Deno.writeTextFile(`${folder}/ca.crt`, "CA");
    await Deno.writeTextFile(`${folder}/namespace`, "porter-system");
    const cluster = await inCluster({ clock, environment, folder });
    assertEquals([cluster.server, cluster.namespace], ["https://[fd96::1]:443", "porter-system"]);
    assertEquals(await cluster.identity(), { caCerts: ["CA"], token: "first" });
    await Deno.writeTextFile(`${folder}/token`, "second");
    assertEquals((await cluster.identity()).token, "first");
    clock.at = 10_000;
    assertEquals((await cluster.identity()).token, "second");
    await Deno.writeTextFile(`${folder}/token`, "third");
    cluster.renew();
    assertEquals((await cluster.identity()).token, "third");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("inCluster() says so where there is no cluster, or no token", async () => {
  clock = standing();
  const refused = async (given: typeof environment): Promise<string> => {
    const open = () => inCluster({ clock, environment: given, folder: "/nonexistent" });
    return (await assertRejects(open, ClusterConfigError as ErrorConstructor)).message;
  };
  assertEquals((await refused(() => undefined)).startsWith("Not in a pod of Kubernetes"), true);
  assertEquals((await refused(environment)).includes('"/nonexistent/token": no such file'), true);
});
