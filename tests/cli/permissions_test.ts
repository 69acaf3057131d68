import { assertEquals } from "@std/assert";
import { commandPermissions, permissionFlags } from "../../lib/cli/permissions.ts";

const module = new URL("../../lib/cli/permissions.ts", import.meta.url).href;

const environment = "--allow-env=NO_COLOR,FORCE_COLOR,CLICOLOR_FORCE,LOG_STREAM,LOG_TOKENS," +
  "KUBERNETES_SERVICE_HOST,KUBERNETES_SERVICE_PORT";

Deno.test("permissionFlags() gives each command its own and never everything", () => {
  assertEquals(permissionFlags(["manager"]), [
    ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-ffi", environment],
  ]);
  assertEquals(permissionFlags(["agent"]), [
    ...["--no-prompt", "--allow-net", "--allow-read", "--allow-run=ip,nft"],
    ...["--allow-ffi", environment],
  ]);
  assertEquals(permissionFlags(["plan"]), ["--no-prompt", "--allow-read", environment]);
  const all = permissionFlags(Object.keys(commandPermissions) as ["manager"]);
  assertEquals(all, [
    ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-run=ip,nft"],
    ...["--allow-ffi", environment],
  ]);
});

const commands: { command: string; keeps: string[] }[] = [
  { command: "manager", keeps: ["net", "read", "write", "ffi"] },
  { command: "agent", keeps: ["net", "read", "run", "ffi"] },
  { command: "plan", keeps: ["read"] },
  { command: "version", keeps: [] },
  { command: "--help", keeps: [] },
  { command: "constructor", keeps: [] },
];

for (const { command, keeps } of commands) {
  Deno.test(`dropPermissions() leaves "${command}" ${keeps.join(", ") || "nothing"}`, async () => {
    const script = `
      import { dropPermissions, permissionFlags } from ${JSON.stringify(module)};
      dropPermissions(${JSON.stringify(command)});
      const names = ["net", "read", "write", "run", "sys", "ffi"];
      const state = (name) => Deno.permissions.querySync({ name }).state;
      const ip = Deno.permissions.querySync({ name: "run", command: "ip" }).state;
      console.log(JSON.stringify({
        kept: names.filter((name) => state(name) === "granted"),
        ip,
      }));`;
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--ext=ts", script],
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    const { kept, ip } = JSON.parse(new TextDecoder().decode(stdout));
    assertEquals([kept, ip === "granted"], [keeps, keeps.includes("run")]);
  });
}
