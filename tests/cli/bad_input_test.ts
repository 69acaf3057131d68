/**
 * What commands say of input that is wrong: one line that names it, on stderr, and the right exit code.
 *
 * @module
 */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { porter } from "../support/porter.ts";

const group = "network.kubesphere.io/v1alpha1";

/** Objects of a site with two leaf switches, as JSON is YAML. */
const site: Readonly<Record<string, unknown>> = {
  "conf.yaml": {
    ...{ apiVersion: group, kind: "BgpConf", metadata: { name: "conf" } },
    spec: { as: 64512, routerID: "192.0.2.2", port: 179 },
  },
  "one.yaml": peer("one", "127.0.0.1"),
  "two.yaml": peer("two", "127.0.0.2"),
};

function peer(name: string, neighborAddress: string): unknown {
  const spec = { config: { peerAs: 64513, neighborAddress } };
  return { apiVersion: group, kind: "BgpPeer", metadata: { name }, spec };
}

/** MetalLB's, with addresses that are none. */
const pools = {
  ...{ apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata: { name: "edge" } },
  spec: { addresses: ["nonsense", "10.0.0.9-10.0.0.1", "10.0.1.0/24"] },
};

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/site`);
    await Deno.mkdir(`${folder}/empty`);
    for (const [name, object] of Object.entries(site)) {
      await Deno.writeTextFile(`${folder}/site/${name}`, JSON.stringify(object));
    }
    await Deno.writeTextFile(`${folder}/broken`, "kind: Eip\nspec: [\n");
    await Deno.writeFile(`${folder}/binary`, Uint8Array.of(0, 255, 254, 0, 1));
    await Deno.writeTextFile(`${folder}/lamp`, "kind: Lamp\nmetadata: 5\nspec: [1]\n");
    await Deno.writeTextFile(`${folder}/pools`, JSON.stringify(pools));
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A command line, FOLDER being where the files are, and the one line that it meets. */
const refused: readonly (readonly [string, RegExp])[] = [
  ["import FOLDER/nothing", /^Cannot read FOLDER\/nothing: does not exist$/],
  ["import FOLDER/site", /^Cannot read FOLDER\/site: is a directory$/],
  ["import FOLDER/broken", /^Cannot read FOLDER\/broken:\d: /],
  ["import FOLDER/binary", /^(Cannot read FOLDER\/binary|Found nothing to convert)/],
  ["import -", /^Found nothing to convert in 0 objects$/],
  ["import --router-id 300.1.1.1 FOLDER/pools", /'300\.1\.1\.1' is invalid.*IPv4 address/],
  ["import --router-id 2001:db8::1 FOLDER/pools", /'2001:db8::1' is invalid.*IPv4 address/],
  ["router-config --directory FOLDER/site", /'--vendor <NAME>' not specified/],
  ["router-config --vendor none --directory FOLDER/site", /'none' is invalid.*bird, frr/],
  ["router-config --vendor frr --directory FOLDER/site", /say which: --peer one, two$/],
  [
    "router-config --vendor frr --peer six --directory FOLDER/site",
    /no BgpPeer six; there are one/,
  ],
  ["router-config --vendor frr --directory FOLDER/nothing", /FOLDER\/nothing": no such directory$/],
  ["router-config --vendor frr --directory FOLDER/empty", /there is no BgpConf/],
  [
    "router-config --vendor frr --peer one --speaker 1.2.3 --directory FOLDER/site",
    /'1\.2\.3' is invalid/,
  ],
  [
    "router-config --vendor frr --peer one --speaker 0.0.0.0 --directory FOLDER/site",
    /'0\.0\.0\.0' is invalid\. It must be the IP address of a host/,
  ],
  [
    "router-config --vendor frr --peer one --speaker 2001:db8::1 --directory FOLDER/site",
    /2001:db8::1 is not an IPv4 address$/,
  ],
  ["router-config --vendor frr --peer one --as 0 --directory FOLDER/site", /'0' is invalid/],
  ["explain", /missing required argument 'service'/],
  ["explain web --directory FOLDER/nothing", /FOLDER\/nothing": no such directory$/],
  ["explain web --manager nonsense", /'nonsense' is invalid/],
  ["plan FOLDER/nothing", /FOLDER\/nothing": no such directory$/],
];

Deno.test("what cannot be read or is not known is told in one line, with code 1", async () => {
  await withFolder(async (folder) => {
    for (const [line, wanted] of refused) {
      const args = line.replaceAll("FOLDER", folder).split(" ");
      const { code, stdout, stderr } = await porter(args);
      assertEquals([code, stdout], [1, ""], `${line}: ${stderr}`);
      const said = /^porter: ([^\n]*)\n$/.exec(stderr)?.[1];
      assertMatch(said?.replaceAll(folder, "FOLDER") ?? stderr, wanted, `${line}: ${stderr}`);
    }
  });
});

Deno.test("what is as wrong as it was is named by object and field", async () => {
  await withFolder(async (folder) => {
    const { code, stdout, stderr } = await porter(["import", `${folder}/pools`]);
    assertEquals(code, 2);
    // What was wrong there is here as it was, so that it can be mended in one place.
    for (const address of pools.spec.addresses) assertStringIncludes(stdout, `address: ${address}`);
    const lines = stderr.trimEnd().split("\n").filter((each) => each.includes("cannot stay"));
    assertEquals(lines.length, 2, stderr);
    assertMatch(
      lines[0] ?? "",
      /^porter: Eip edge-1: spec\.address: cannot stay so: .*nonsense/,
    );
    assertMatch(lines[1] ?? "", /^porter: Eip edge-2: spec\.address: cannot stay so: /);
    const lamp = await porter(["import", `${folder}/lamp`]);
    assertEquals([lamp.code, lamp.stdout], [1, ""]);
    assertMatch(lamp.stderr, /Lamp : spec\[0\]: not converted: /);
  });
});

Deno.test("a Service that is not there, or can have no such name, is the broken link", async () => {
  await withFolder(async (folder) => {
    for (const service of ["", "a/b/c", "UPPER case", "\u001b[31mred"]) {
      const { code, stdout, stderr } = await porter([
        ...["explain", service, "--directory", `${folder}/site`],
      ]);
      assertEquals([code, stderr], [2, ""], service);
      assertMatch(stdout, /^Service .*: broken at "Service"\n/, service);
      assertEquals(stdout.includes("\u001b"), false, "a terminal would obey it");
    }
  });
});
