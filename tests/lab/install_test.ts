import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { planInstall, type Tool, tools } from "../../scripts/install.ts";
import { checkout, run } from "../../scripts/lab/mod.ts";

const bird: Tool = tools.bird;
const birdc: Tool = tools.birdc;
const nft: Tool = tools.nft;

Deno.test("with nothing missing there is nothing to do", () => {
  assertEquals(planInstall([], { root: false, aptGet: false }), { kind: "nothing" });
});

Deno.test("root on a Debian-like system installs each package once", () => {
  assertEquals(planInstall([nft, bird, birdc], { root: true, aptGet: true }), {
    kind: "install",
    packages: ["bird2", "nftables"],
    services: ["bird"],
  });
});

Deno.test("without root one message names every program and the command that installs them", () => {
  const plan = planInstall([nft, bird], { root: false, aptGet: true });
  assert(plan.kind === "tell");
  assertStringIncludes(plan.message, "nft ");
  assertStringIncludes(plan.message, "bird ");
  assertStringIncludes(plan.message, "sudo apt-get install bird2 nftables");
});

Deno.test("elsewhere than on Debian the message names the packages", () => {
  const plan = planInstall([bird], { root: true, aptGet: false });
  assert(plan.kind === "tell");
  assertStringIncludes(plan.message, "Debian's names are: bird2");
});

/** Runs install.ts where /usr/sbin is empty, in a mount namespace of its own; gives what it said. */
async function withEmptySbin(setup: string, prefix: string) {
  // Where npx puts deno, below root's home, an ordinary user may not look.
  const deno = "/usr/local/sbin/deno";
  const script = `set -e
mount -t tmpfs none /usr/sbin
mount -t tmpfs none /usr/local/sbin
touch ${deno} && mount --bind ${Deno.execPath()} ${deno}
${setup}
code=0
${prefix} ${deno} run -A --no-lock --no-config - bird nft || code=$?
if [ -e /usr/sbin/policy-rc.d ]; then echo "policy left"; else echo "policy gone"; fi
exit $code`;
  const source = await Deno.readTextFile(`${checkout}/scripts/install.ts`);
  return await run(["unshare", "-m", "sh", "-c", script], { stdin: source });
}

Deno.test("an ordinary user is told once, with exit code 1", async () => {
  const output = await withEmptySbin("", "setpriv --reuid=65534 --clear-groups env HOME=/");
  assertEquals(output.code, 1, output.stderr);
  assertStringIncludes(output.stderr, "Missing programs:");
  assertEquals(output.stderr.split("sudo apt-get install bird2 nftables").length, 2);
});

/** Stands in for apt-get: installs by writing files, and asks the policy as invoke-rc.d does. */
const fakeApt = `mkdir /usr/local/sbin/fake
cat > /usr/local/sbin/fake/apt-get <<'END'
#!/bin/sh
echo "apt-get $*"
if [ "$1" = install ]; then
  code=0; /bin/sh /usr/sbin/policy-rc.d bird start || code=$?; echo "policy says $code"
  for tool in bird nft; do echo '#!/bin/sh' > /usr/sbin/$tool; chmod 755 /usr/sbin/$tool; done
fi
END
printf '#!/bin/sh\necho "systemctl $*" >> /usr/local/sbin/systemctl.log\n' > /usr/local/sbin/systemctl
chmod 755 /usr/local/sbin/systemctl /usr/local/sbin/fake/*
export PATH=/usr/local/sbin:/usr/local/sbin/fake:$PATH`;

Deno.test("root gets the packages while no service may start, and the policy goes again", async () => {
  const output = await withEmptySbin(fakeApt, "");
  assertEquals(output.code, 0, output.stderr);
  assertEquals(output.stdout.trim().split("\n"), [
    "apt-get update -q",
    "apt-get install -q -y --no-install-recommends bird2 nftables",
    "policy says 101",
    "policy gone",
  ]);
});

Deno.test("what Debian would start at boot is disabled after installation", async () => {
  const tell = `trap 'cat /usr/local/sbin/systemctl.log' EXIT`;
  const output = await withEmptySbin(`${fakeApt}\n${tell}`, "");
  assertEquals(output.code, 0, output.stderr);
  assertStringIncludes(output.stdout, "systemctl disable --now --quiet bird\n");
});
