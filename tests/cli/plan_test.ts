import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { porter, type Run } from "../support/porter.ts";

/** The configuration that README.md shows: what it promises is tried here. */
const readme = /```yaml\n([^]*?)```/.exec(
  await Deno.readTextFile(new URL("../../README.md", import.meta.url)),
)?.[1] ?? "";

async function planOf(files: Record<string, string>, ...args: string[]): Promise<Run> {
  const dir = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${dir}/${name}`, text);
    }
    const before = await listing(dir);
    const run = await porter(["plan", dir, ...args]);
    assertEquals(await listing(dir), before, "porter plan changed the directory");
    const shorten = (text: string) => text.replaceAll(dir, "DIR");
    return { ...run, stdout: shorten(run.stdout), stderr: shorten(run.stderr) };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function listing(dir: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(dir));
  return await Promise.all(
    entries.map(({ name }) => name).sort().map(async (name) => {
      const { mtime, size } = await Deno.stat(`${dir}/${name}`);
      return `${name} ${size} ${mtime?.getTime()}`;
    }),
  );
}

Deno.test("porter plan says what README.md's configuration comes to, and changes nothing", async () => {
  const { code, stdout, stderr } = await planOf({ "all.yaml": readme });
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /^ {2}Service default\/web: 203\.0\.113\.\d+ from Eip public/m);
  assertMatch(
    stdout,
    /^ {2}203\.0\.113\.\d+\/32 for Service default\/web\n {4}via 192\.0\.2\.11 node1$/m,
  );
  assertStringIncludes(stdout, "BgpConf default: AS 64512, router id 192.0.2.2, port 179");
  assertStringIncludes(stdout, "BgpPeer leaf1: 192.0.2.1 AS 64513");
  assertMatch(stdout, /^host state\n {2}node1\n {4}203\.0\.113\.\d+ tcp 80$/m);
  assertMatch(stdout, /^refusals\n {2}none\n\nfaults\n {2}none\n$/m);
});

Deno.test("porter plan -o json says the same as JSON", async () => {
  const { code, stdout } = await planOf({ "all.yaml": readme }, "-o", "json");
  const plan = JSON.parse(stdout);
  assertEquals(code, 0);
  assertEquals(plan.routes.map((route: { nextHops: unknown }) => route.nextHops), [["192.0.2.11"]]);
  assertEquals([plan.refusals, plan.faults], [[], []]);
  assertEquals(plan.hostStates[0].node, "node1");
});

Deno.test("porter plan ends with 2 when something is refused, and goes on with the rest", async () => {
  const other = `apiVersion: v1
kind: Service
metadata: { name: other }
spec:
  type: LoadBalancer
  loadBalancerClass: porter.kubesphere.io/porter
  loadBalancerIP: 198.51.100.1
  ports: [{ port: 443 }]
`;
  const { code, stdout, stderr } = await planOf({ "all.yaml": readme, "other.yaml": other });
  assertEquals([code, stderr], [2, ""]);
  assertStringIncludes(stdout, "Service default/other: RequestedAddressOutsidePools: ");
  assertStringIncludes(stdout, "Service default/web: 203.0.113.");
});

Deno.test("porter plan ends with 2 and names file and line of what it cannot read", async () => {
  const broken = "apiVersion: network.kubesphere.io/v1alpha1\nkind: Eip\nmetadata: { name: x }\n" +
    "spec: { address: 198.51.100.0/24, disable: maybe }\n";
  const { code, stdout } = await planOf({ "all.yaml": readme, "broken.yaml": broken });
  assertEquals(code, 2);
  assertMatch(stdout, /^faults\n {2}DIR\/broken\.yaml:4: Eip x: spec\.disable: /m);
  assertStringIncludes(stdout, "Service default/web: 203.0.113.");
});

Deno.test("porter plan of a warning alone ends with 0, and says it", async () => {
  const misspelt = readme.replace("lb.kubesphere.io/v1alpha1", "lb.kubesphere.io/v1apha1");
  assert(misspelt !== readme);
  const { code, stdout } = await planOf({ "all.yaml": misspelt });
  assertEquals(code, 0);
  assertMatch(stdout, /^faults\n {2}DIR\/all\.yaml:\d+: Service default\/web: .*warning/m);
});

Deno.test("porter plan -f says what a change would change, beside a directory, and ends with 2", async () => {
  const dir = await Deno.makeTempDir();
  const change = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(`${dir}/all.yaml`, readme);
    const same = await porter(["plan", dir, "-f", `${dir}/all.yaml`]);
    assertEquals([same.code, same.stdout], [0, "nothing would change\n"]);
    await Deno.writeTextFile(
      change,
      `apiVersion: v1
kind: Node
metadata: { name: node2 }
status:
  addresses: [{ type: InternalIP, address: 192.0.2.12 }]
  conditions: [{ type: Ready, status: "True" }]
`,
    );
    const more = await porter(["plan", dir, "-f", change]);
    assertEquals([more.code, more.stderr], [2, ""]);
    assertMatch(
      more.stdout,
      /^- route (\S+): 1 next hops: 192\.0\.2\.11\n\+ route \1: 2 next hops: 192\.0\.2\.11, 192\.0\.2\.12\n$/,
    );
    await Deno.writeTextFile(change, "apiVersion: v1\nkind: Node\nmetadata: { name: 7 }\n");
    const bad = await porter(["plan", dir, "-f", change]);
    assertEquals([bad.code, bad.stdout], [1, ""]);
    assertMatch(bad.stderr, /^porter: Cannot plan .*\.yaml:3.*metadata\.name[^\n]*\n$/);
  } finally {
    await Deno.remove(dir, { recursive: true });
    await Deno.remove(change);
  }
});

Deno.test("porter plan -f --delete says what a deletion would change, of objects that are there", async () => {
  const dir = await Deno.makeTempDir();
  const change = await Deno.makeTempFile({ suffix: ".yaml" });
  const service = (name: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { type: LoadBalancer }\n`;
  try {
    await Deno.writeTextFile(`${dir}/all.yaml`, readme);
    await Deno.writeTextFile(change, service("web"));
    const { code, stdout, stderr } = await porter(["plan", dir, "-f", change, "--delete"]);
    assertEquals([code, stderr], [2, ""]);
    assertMatch(stdout, /^- Service default\/web: 203\.0\.113\.\d+ of Eip \S+$/m);
    assertMatch(stdout, /^- route 203\.0\.113\.\d+\/32: /m);
    await Deno.writeTextFile(change, service("wbe"));
    const absent = await porter(["plan", dir, "-f", change, "--delete"]);
    assertEquals([absent.code, absent.stdout], [1, ""]);
    assertMatch(
      absent.stderr,
      /^porter: Cannot plan to delete Service default\/wbe: there is none\n$/,
    );
    const alone = await porter(["plan", dir, "--delete"]);
    assertEquals([alone.code, alone.stderr], [1, "porter: --delete needs -f FILE\n"]);
  } finally {
    await Deno.remove(dir, { recursive: true });
    await Deno.remove(change);
  }
});

Deno.test("porter plan -f names every fault of the file with its line, and every warning", async () => {
  const change = await Deno.makeTempFile({ suffix: ".yaml" });
  const eip = (name: string, spec: string) =>
    `apiVersion: network.kubesphere.io/v1alpha1\nkind: Eip\nmetadata: { name: ${name} }\n` +
    `spec: { ${spec} }\n`;
  const misspelt = "apiVersion: v1\nkind: Service\n" +
    "metadata: { name: late, annotations: { lb.kubesphere.io/v1apha1: porter } }\n" +
    "spec: { type: LoadBalancer, ports: [{ port: 80 }] }\n";
  const dir = await Deno.makeTempDir();
  const run = async (...texts: string[]) => {
    await Deno.writeTextFile(change, texts.join("---\n"));
    const { code, stdout, stderr } = await porter(["plan", dir, "-f", change]);
    return { code, stdout, stderr: stderr.replaceAll(change, "FILE").replaceAll(dir, "DIR") };
  };
  try {
    const faulty = await run(
      eip("one", "address: 198.51.100.0/24, disable: maybe"),
      eip("two", "address: 203.0.113.0/24, priority: high"),
      misspelt,
    );
    assertEquals([faulty.code, faulty.stdout], [1, ""]);
    assertMatch(faulty.stderr, /^porter: FILE:4: Eip one: spec\.disable: /m);
    assertMatch(faulty.stderr, /^porter: FILE:9: Eip two: spec\.priority: /m);
    assertMatch(faulty.stderr, /^porter: FILE:\d+: Service default\/late: .*warning: /m);
    assertMatch(faulty.stderr, /^porter: Cannot plan FILE: 2 faults, each told above$/m);
    const same = eip("one", "address: 198.51.100.0/24");
    const twice = await run(same, same);
    assertEquals([twice.code, twice.stderr], [
      1,
      "porter: Cannot plan FILE: FILE:6: Eip one: is there twice, and nobody knows which one counts\n",
    ]);
    const warned = await run(misspelt);
    assertMatch(warned.stderr, /^porter: FILE:\d+: Service default\/late: .*warning: [^\n]*\n$/);
    // What the directory has and nobody can read is missing before and after.
    await Deno.writeTextFile(
      `${dir}/all.yaml`,
      eip("there", "address: 203.0.113.0/24, disable: maybe"),
    );
    assertMatch((await run(same)).stderr, /^porter: DIR\/all\.yaml:4: Eip there: spec\.disable: /);
  } finally {
    await Deno.remove(dir, { recursive: true });
    await Deno.remove(change);
  }
});
