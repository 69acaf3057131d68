import { assertEquals } from "@std/assert";
import { commandPermissions, permissionFlags } from "../../lib/cli/permissions.ts";

const config = new URL("../../deno.json", import.meta.url).pathname;
const module = new URL("../../lib/cli/permissions.ts", import.meta.url).href;

const environment = "--allow-env=NO_COLOR,FORCE_COLOR,CLICOLOR_FORCE,LOG_STREAM,LOG_TOKENS," +
  "KUBERNETES_SERVICE_HOST,KUBERNETES_SERVICE_PORT";

Deno.test("permissionFlags() gives each command its own and never everything", () => {
  assertEquals(permissionFlags(["manager"]), [
    ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-ffi", environment],
  ]);
  assertEquals(permissionFlags(["agent"]), [
    ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-run=ip,nft,ss"],
    ...["--allow-ffi", environment],
  ]);
  assertEquals(permissionFlags(["decode"]), ["--no-prompt", "--allow-read", environment]);
  assertEquals(permissionFlags(["decode"], ["login"]), [
    ...["--no-prompt", "--allow-read", "--allow-run=login", environment],
  ]);
  const all = permissionFlags(Object.keys(commandPermissions) as ["manager"]);
  assertEquals(all, [
    ...[
      "--no-prompt",
      "--allow-net",
      "--allow-read",
      "--allow-write",
      "--allow-run=ip,nft,ss,sysctl",
    ],
    ...["--allow-ffi", environment],
  ]);
});

const commands: { command: string; keeps: string[] }[] = [
  { command: "manager", keeps: ["net", "read", "write", "ffi"] },
  { command: "agent", keeps: ["net", "read", "write", "run", "ffi"] },
  { command: "plan", keeps: ["net", "read", "write"] },
  { command: "doctor", keeps: ["net", "read", "write", "run"] },
  { command: "decode", keeps: ["read"] },
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

Deno.test("dropPermissions() leaves what reads a kubeconfig the programs that its build names, and no other", async () => {
  const script = `
    import { dropPermissions } from ${JSON.stringify(module)};
    dropPermissions(Deno.args[0]);
    const state = (command) => Deno.permissions.querySync({ name: "run", command }).state;
    console.log(["ip", "nft", "ss", "sh"].filter((each) => state(each) === "granted").join());`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, script);
    const left = async (command: string): Promise<string> => {
      const flags = permissionFlags(["manager", "agent", "doctor"], ["sh"]);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", `--config=${config}`, ...flags, file, command],
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      return new TextDecoder().decode(stdout).trim();
    };
    assertEquals([await left("manager"), await left("agent")], ["sh", "ip,nft,ss,sh"]);
    assertEquals([await left("drain"), await left("undrain"), await left("brake")], [
      "sh",
      "sh",
      "sh",
    ]);
    assertEquals([await left("plan"), await left("doctor")], ["", "ip,nft,ss,sh"]);
  } finally {
    await Deno.remove(file);
  }
});
