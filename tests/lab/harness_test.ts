import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  addresses,
  allNamespaces,
  buildFabric,
  checkout,
  DeadlineError,
  Frr,
  Lab,
  LabInUse,
  must,
  parseProtocol,
  parseRoutes,
  requests,
  serve,
  sweep,
  takeDown,
  until,
} from "../../scripts/lab/mod.ts";
import { labTest } from "./lab_case.ts";

/** A program that no kind word ends. */
const stubborn = ["sh", "-c", "trap '' TERM INT; while :; do sleep 60; done"];

/** Whether the process runs; one that has ended and was not waited for (Z) does not. */
async function running(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => ") Z");
  return !stat.slice(stat.lastIndexOf(")")).startsWith(") Z");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

labTest("a lab that goes down takes its namespaces, processes and files along", async (lab) => {
  await lab.addNamespace("node1");
  const process = lab.spawn("node1", "stubborn", stubborn);
  assert(await running(process.pid));
  await lab.down();
  assertEquals(await running(process.pid), false);
  assertEquals((await allNamespaces()).filter((ns) => ns.startsWith(lab.name)), []);
  assertEquals(await exists(lab.folder), false);
});

labTest("a lab's name is taken while it is up", async (lab) => {
  await assertRejects(() => Lab.open(lab.name), LabInUse as ErrorConstructor);
});

labTest("an interrupted lab stops what waits in it, and can still go down", async (lab) => {
  await lab.addNamespace("node1");
  const waits = [
    assertRejects(() => until("what never comes", () => false, { signal: lab.signal })),
    assertRejects(() => lab.must("node1", ["sleep", "60"])),
  ];
  lab.interrupt(new Error("interrupted by the test"));
  for (const thrown of await Promise.all(waits)) {
    assertStringIncludes(thrown.message, "interrupted by the test");
  }
});

/** Starts a process that opens a lab, starts something in it, and does the last line. */
async function otherProcess(last: string) {
  const source = `
import { Lab } from ${JSON.stringify(`${checkout}/scripts/lab/lab.ts`)};
const lab = await Lab.openForTest();
await lab.addNamespace("node1");
const process = lab.spawn("node1", "stubborn", ${JSON.stringify(stubborn)});
console.log(JSON.stringify({ name: lab.name, pid: process.pid }));
${last}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", "--no-config", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error("the other process said nothing");
    text += value;
  }
  const told = JSON.parse(text) as { name: string; pid: number };
  return { ...told, child, reader };
}

labTest("what a killed process left is swept by the next one", async () => {
  const other = await otherProcess("setInterval(() => {}, 1000);");
  assert(!(await sweep()).includes(other.name), "a living process' lab was swept");
  other.child.kill("SIGKILL");
  await other.child.status;
  await other.reader.cancel();
  assert(await running(other.pid), "the lab's process should have outlived its parent");
  assert((await sweep()).includes(other.name));
  assertEquals(await running(other.pid), false);
  assertEquals((await allNamespaces()).filter((ns) => ns.startsWith(other.name)), []);
});

labTest("a lab that is kept stays when its process ends, until it is taken down", async () => {
  const other = await otherProcess("await lab.keep();");
  assertEquals((await other.child.status).code, 0);
  await other.reader.cancel();
  try {
    assert(!(await sweep()).includes(other.name));
    assert(await running(other.pid));
  } finally {
    assertEquals(await takeDown(other.name), true);
  }
  assertEquals(await running(other.pid), false);
  assertEquals(await takeDown(other.name), false);
});

labTest("taking down one lab leaves another whose name goes on from its own", async (lab) => {
  const longer = await Lab.open(`${lab.name}-1`);
  try {
    await longer.addNamespace("node1");
    await lab.addNamespace("node1");
    await takeDown(lab.name);
    assertEquals((await allNamespaces()).filter((ns) => ns.startsWith(lab.name)), [
      `${longer.name}-node1`,
    ]);
  } finally {
    await longer.down();
  }
});

Deno.test("a wait that fails says what it waited for and how things are", async () => {
  const wait = () => until("rain", () => false, { timeout: 1, otherwise: () => "sunshine" });
  const thrown = await assertRejects(wait, DeadlineError as ErrorConstructor);
  assertEquals(thrown.message, "not within 1 ms: rain\nsunshine");
});

labTest("the client reaches an address that a node has, over both families", async (lab) => {
  await buildFabric(lab, { nodes: 1 });
  await lab.ip("node1", ["route add local 203.0.113.1/32 dev lo table local"]);
  await lab.ip("leaf", ["route add 203.0.113.1/32 via 172.30.0.11"]);
  await serve(lab, "node1", [80]);
  assertEquals((await requests(lab, "203.0.113.1", 80, 20)).answers, { node1: 20 });
  assertEquals((await requests(lab, "fd30::11", 80, 20)).answers, { node1: 20 });
  const refused = await requests(lab, addresses.leaf.v4, 80, 2);
  assertEquals(refused.failures.map((failure) => failure.kind), [
    "ConnectionRefused",
    "ConnectionRefused",
  ]);
});

labTest(
  "FRR runs in a folder that only root can reach, as in a checkout below /root",
  async (lab) => {
    await buildFabric(lab, { nodes: 1 });
    await Deno.chmod(lab.folder, 0o700);
    const leaf = new Frr(lab, "leaf", "router bgp 65001\n bgp router-id 172.30.0.1\n");
    await leaf.start();
    assertStringIncludes(await leaf.ask("show running-config"), "bgp router-id 172.30.0.1");
  },
);

Deno.test("BIRD's table is read with all paths of a prefix", () => {
  const text = `Table master4:
203.0.113.1/32       unicast [porter 2026-11-23 17:22:12.148 from 172.30.0.2] * (100) [AS65000i]
\tvia 172.30.0.12 on rack
\tType: BGP univ
\tBGP.origin: IGP
\tBGP.as_path: 65000
                     unicast [porter 2026-11-23 17:22:12.149 from 172.30.0.2] (100) [AS65000i]
\tvia 172.30.0.11 on rack
\tBGP.local_pref: 100
`;
  assertEquals(parseRoutes(text), [{
    prefix: "203.0.113.1/32",
    paths: [{
      via: "172.30.0.12",
      protocol: "porter",
      best: true,
      attributes: { "Type": "BGP univ", "BGP.origin": "IGP", "BGP.as_path": "65000" },
    }, {
      via: "172.30.0.11",
      protocol: "porter",
      best: false,
      attributes: { "BGP.local_pref": "100" },
    }],
  }]);
});

Deno.test("BIRD's session is read with its state, its time and its last error", () => {
  const text = `Name       Proto      Table      State  Since         Info
porter     BGP        ---        start  2026-11-23 17:21:38.954  Active        Socket: refused
  BGP state:          Active
    Last error:       Received: Administrative shutdown
  Channel ipv4
    Routes:         2 imported, 0 exported, 2 preferred
  Channel ipv6
    Routes:         1 imported, 0 exported, 1 preferred
`;
  assertEquals(parseProtocol(text), {
    state: "Active",
    since: "2026-11-23 17:21:38.954",
    lastError: "Received: Administrative shutdown",
    imported: 3,
    text,
  });
});

labTest("a machine that never had a namespace is as before afterwards", async () => {
  const source = `
import { Lab } from ${JSON.stringify(`${checkout}/scripts/lab/lab.ts`)};
const lab = await Lab.openForTest();
await lab.addNamespace("node1");
const names = () => [...Deno.readDirSync("/run")].map((entry) => entry.name);
console.log(names().includes("netns"));
await lab.down();
console.log(names().includes("netns"));`;
  // A mount namespace of its own with an empty /run stands for such a machine.
  const fresh = "umount -l /run/netns 2>/dev/null; mount -t tmpfs none /run; exec";
  const script = `${fresh} ${Deno.execPath()} run -A --no-lock --no-config -`;
  const text = await must(["unshare", "-m", "sh", "-c", script], { stdin: source });
  assertEquals(text.split("\n").slice(0, 2), ["true", "false"]);
});
