import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ClusterConfigError, fromKubeconfig } from "../../../lib/store/mod.ts";
import { readKubeconfig } from "../../../lib/store/kubernetes/kubeconfig.ts";
import { systemClock } from "../../../lib/system/mod.ts";

interface Parts {
  readonly cluster?: Readonly<Record<string, unknown>>;
  readonly user?: Readonly<Record<string, unknown>>;
  readonly current?: string;
}

function config({ cluster = {}, user = {}, current = "main" }: Parts): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server: "https://192.0.2.1:6443/", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [
      { name: "main", context: { cluster: "c", user: "u", namespace: "porter" } },
      { name: "lost", context: { cluster: "gone", user: "u" } },
    ],
    "current-context": current,
  });
}

const read = (parts: Parts, context?: string) =>
  readKubeconfig(config(parts), {
    file: "/etc/porter/kubeconfig",
    ...(context === undefined ? {} : { context }),
  });

Deno.test("readKubeconfig() takes texts, and files from the folder of the kubeconfig", () => {
  const inline = read({
    cluster: { "certificate-authority-data": btoa("CA") },
    user: { "client-certificate-data": btoa("CERT"), "client-key-data": btoa("KEY") },
  });
  assertEquals(inline, {
    server: "https://192.0.2.1:6443",
    namespace: "porter",
    ca: { inline: "CA" },
    cert: { inline: "CERT" },
    key: { inline: "KEY" },
  });
  const files = read({
    cluster: { "certificate-authority": "ca.crt" },
    user: { tokenFile: "/run/token", token: "older" },
  });
  assertEquals(files.ca, { file: "/etc/porter/ca.crt" });
  assertEquals(files.token, { file: "/run/token" });
});

Deno.test("readKubeconfig() reads what is to be run for credentials", () => {
  const exec = {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "./login",
    args: ["--quiet"],
    env: [{ name: "REGION", value: "north" }],
    installHint: "install it",
    provideClusterInfo: true,
  };
  const { exec: plugin } = read({ user: { exec } });
  assertEquals(plugin?.command, "/etc/porter/login");
  assertEquals(plugin?.env, { REGION: "north" });
  assertEquals(plugin?.cluster?.server, "https://192.0.2.1:6443/");
});

const refused: readonly (readonly [what: string, parts: Parts, words: RegExp])[] = [
  [
    "no verification",
    { cluster: { "insecure-skip-tls-verify": true } },
    /insecure-skip-tls-verify/,
  ],
  ["a proxy", { cluster: { "proxy-url": "http://192.0.2.9" } }, /proxy-url is not supported/],
  ["another name for the server", { cluster: { "tls-server-name": "api" } }, /tls-server-name/],
  ["a server that is no address", { cluster: { server: "api:6443" } }, /cluster.server is/],
  ["a password", { user: { username: "a", password: "secret" } }, /username is not supported/],
  ["an auth provider", { user: { "auth-provider": { name: "x" } } }, /auth-provider/],
  ["impersonation", { user: { as: "root" } }, /user.as is not supported/],
  ["a certificate without its key", { user: { "client-certificate-data": "AA==" } }, /both/],
  ["what is not base64", { user: { "client-key-data": "%", token: "t" } }, /is not base64/],
  ["an unknown version of exec", { user: { exec: { apiVersion: "v9", command: "x" } } }, /"v9"/],
  ["no current context", { current: "" }, /no current-context/],
  ["a context that is not there", { current: "other" }, /no "other"; there is main, lost/],
  ["a cluster that is not there", { current: "lost" }, /clusters has no "gone"/],
];

for (const [what, parts, words] of refused) {
  Deno.test(`readKubeconfig() refuses ${what}, and names the file`, () => {
    const thrown = assertThrows(() => read(parts), ClusterConfigError as ErrorConstructor);
    assertEquals(words.test(thrown.message), true, thrown.message);
    assertEquals(thrown.message.includes('"/etc/porter/kubeconfig"'), true);
    assertEquals(/secret/.test(thrown.message), false);
  });
}

Deno.test("readKubeconfig() never shows a line of a file that is no YAML", () => {
  const read = () => readKubeconfig("token: secret\n  - [", { file: "k" });
  const thrown = assertThrows(read, ClusterConfigError as ErrorConstructor);
  assertEquals(/secret/.test(thrown.message), false, thrown.message);
});

Deno.test("fromKubeconfig() runs the program, keeps what it gave, and runs it again when told", async () => {
  const folder = await Deno.makeTempDir({ prefix: "porter-kubeconfig-" });
  try {
    const script = `#!/bin/sh
n=$(cat ${folder}/count 2>/dev/null || echo 0); n=$((n + 1)); echo $n > ${folder}/count
case "$KUBERNETES_EXEC_INFO" in *ExecCredential*) ;; *) exit 3 ;; esac
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$n'"}}'
`;
    await Deno.writeTextFile(`${folder}/login`, script, { mode: 0o755 });
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "./login" };
    await Deno.writeTextFile(`${folder}/config`, config({ user: { exec } }));
    const cluster = await fromKubeconfig({ file: `${folder}/config`, clock: systemClock });
    assertEquals((await cluster.identity()).token, "t1");
    assertEquals((await cluster.identity()).token, "t1");
    cluster.renew();
    assertEquals((await cluster.identity()).token, "t2");
    await Deno.writeTextFile(`${folder}/login`, "#!/bin/sh\necho not logged in >&2; exit 1\n");
    cluster.renew();
    const thrown = await assertRejects(
      () => cluster.identity(),
      ClusterConfigError as ErrorConstructor,
    );
    assertEquals(/ended with code 1: not logged in/.test(thrown.message), true, thrown.message);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
