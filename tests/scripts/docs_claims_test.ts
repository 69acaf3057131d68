import { assertEquals, assertMatch } from "@std/assert";
import { programs } from "../../lib/cli/permissions.ts";
import { peerDefaults } from "../../lib/bgp/model/mod.ts";

const page = async (path: string): Promise<string> => {
  const text = await Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  return text.replace(/\s+/g, " ");
};

Deno.test("what the pages say of lost managers is the default of the restart time", async () => {
  assertEquals(peerDefaults.restartTime, 4);
  assertMatch(
    await page("README.md"),
    /When all are away, the leaf switch keeps the routes for four seconds/,
  );
  assertMatch(await page("docs/faq.md"), /All of them: nothing for four seconds/);
  assertMatch(
    await page("docs/failover.md"),
    /keeps the routes for the `restartTime`, 4 s unless told/,
  );
  assertMatch(
    await page("CHANGELOG.md"),
    /back within the restart time, 4 s unless told otherwise/,
  );
});

Deno.test("the pages name every program that the agent runs", async () => {
  assertEquals(programs, ["ip", "nft", "ss"]);
  assertMatch(await page("README.md"), /the agent `ip`, `nft`, `ss` and the capability NET_ADMIN/);
  assertMatch(await page("docs/install_kubernetes.md"), /files to read, `ip`, `nft`, `ss`; FFI/);
});

Deno.test("troubleshooting starts with porter doctor", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/troubleshooting.md", import.meta.url));
  assertMatch(/```sh\n([^]*?)```/.exec(text)?.[1] ?? "", /^porter doctor /);
});
