import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { goEnv, GoMissing } from "../../scripts/cluster/go_build.ts";
import { goMod, linkerFlags, recipeOf, recipes } from "../../scripts/cluster/recipes.ts";

const script = new URL("../../scripts/cluster/binaries.ts", import.meta.url).pathname;

const itsGoMod = `module k8s.io/kubernetes

replace (
\tk8s.io/api => ./staging/src/k8s.io/api
\tk8s.io/streaming => ./staging/src/k8s.io/streaming
)
`;

Deno.test("goMod() takes each staging module in its own release", () => {
  const { recipe } = recipeOf("kubeApiserver");
  const text = goMod(recipe, itsGoMod);
  assertStringIncludes(text, `require k8s.io/kubernetes ${recipe.version}\n`);
  assertStringIncludes(text, `\tk8s.io/api => k8s.io/api ${recipe.staging}\n`);
  assertStringIncludes(text, `\tk8s.io/streaming => k8s.io/streaming ${recipe.staging}\n`);
  assertThrows(() => goMod(recipe, "module k8s.io/kubernetes\n"));
});

Deno.test("every recipe's version is in the name of its folder", () => {
  assert(recipes.length >= 3);
  for (const { name, version } of recipes) assert(name.endsWith(`-${version}`), name);
  const { recipe } = recipeOf("kubeProxy");
  assertStringIncludes(linkerFlags(recipe), `gitVersion=${recipe.version}`);
});

Deno.test("a Go that is too old helps itself, if it can, or is none", () => {
  assertEquals(goEnv("1.19.8"), undefined);
  assertEquals(goEnv("1.21.0")?.["GOTOOLCHAIN"], "auto");
  assertEquals(goEnv("1.26.1")?.["GOTOOLCHAIN"], undefined);
  assertEquals(goEnv("1.30")?.["CGO_ENABLED"], "0");
});

Deno.test("without a Go one message says what is missing and how to get it", () => {
  const { message } = new GoMissing("1.19.8");
  for (const part of ["1.19.8", "https://go.dev/dl/", "KUBEBUILDER_ASSETS"]) {
    assertStringIncludes(message, part);
  }
  assertStringIncludes(new GoMissing(undefined).message, "no go on PATH");
  const offline = new GoMissing("1.19.8", new Error("nobody answers"));
  assertEquals(offline.message, `${message}\nOne could not be fetched: nobody answers`);
});

/** Stands in for Go: a build takes a moment and writes a line for each time. */
const fakeGo = `#!/bin/sh
here=$(dirname "$0")
case "$1 $2" in
  "env GOVERSION") echo go1.26.9 ;;
  "mod download") echo "{\\"GoMod\\": \\"$here/its.mod\\"}" ;;
  "list "*) printf 'one\\ntwo\\n' ;;
  "build "*)
    echo build >>"$here/builds"
    echo "$GOPATH $GOCACHE" >"$here/folders"
    [ -e "$here/broken" ] && { echo one >&2; echo "one.go:1:1: this is wrong" >&2; exit 1; }
    trap 'kill $!; exit 1' INT
    sleep "$(cat "$here/seconds")" &
    wait $!
    while [ "$1" != -o ]; do shift; done
    echo program >"$2" ;;
  *) exit 9 ;;
esac
`;

/** A machine of its own: a cache, and a Go that only pretends. */
async function withMachine(
  body: (machine: Machine) => Promise<void>,
  seconds = "0.3",
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/go`, fakeGo, { mode: 0o755 });
    await Deno.writeTextFile(`${folder}/its.mod`, itsGoMod);
    await Deno.writeTextFile(`${folder}/seconds`, seconds);
    await body(new Machine(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

class Machine {
  constructor(readonly folder: string) {}

  start(args: readonly string[], env: Record<string, string> = {}): Deno.ChildProcess {
    const path = `${this.folder}:${Deno.env.get("PATH")}`;
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", script, ...args],
      env: { PATH: path, XDG_CACHE_HOME: this.folder, KUBEBUILDER_ASSETS: "", ...env },
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  }

  async run(args: readonly string[], env: Record<string, string> = {}) {
    const { code, stdout, stderr } = await this.start(args, env).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  }

  async builds(): Promise<number> {
    const text = await Deno.readTextFile(`${this.folder}/builds`).catch(() => "");
    return text.split("\n").length - 1;
  }

  /** What the cache holds, by paths; the lock left out. */
  async cached(): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const { name } of Deno.readDir(`${this.folder}/porter`)) {
      if (name === "lock") continue;
      const inside = await Array.fromAsync(Deno.readDir(`${this.folder}/porter/${name}`));
      found.push(...inside.map((entry) => `${name.replace(/-[^-]*$/, "")}/${entry.name}`));
    }
    return found;
  }
}

Deno.test("two processes that want a program build it once", async () => {
  await withMachine(async (machine) => {
    const [one, two] = await Promise.all([machine.run(["etcd"]), machine.run(["etcd"])]);
    assertEquals([one.code, two.code], [0, 0], one.stderr + two.stderr);
    assertEquals(one.stdout, two.stdout);
    const path = one.stdout.trim().replace(/^etcd /, "");
    assertEquals(await Deno.readTextFile(path), "program\n");
    assertEquals((await machine.run(["etcd"])).stdout, one.stdout);
    assertEquals(await machine.builds(), 1);
    // What Go leaves is in our cache, too, not in ~/go.
    const cache = `${machine.folder}/porter`;
    const folders = await Deno.readTextFile(`${machine.folder}/folders`);
    assertEquals(folders, `${cache}/go-path ${cache}/go-cache\n`);
    assertEquals(await machine.cached(), [`${recipeOf("etcd").recipe.name}/etcd`]);
  });
});

Deno.test("a build that fails says what Go says, and leaves nothing", async () => {
  await withMachine(async (machine) => {
    await Deno.writeTextFile(`${machine.folder}/broken`, "");
    const { code, stderr } = await machine.run(["kubeProxy"]);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "one.go:1:1: this is wrong");
    assertEquals(await machine.cached(), []);
  });
});

Deno.test("a build that is interrupted leaves nothing", async () => {
  await withMachine(async (machine) => {
    const child = machine.start(["kubeProxy"]);
    while (await machine.builds() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGTERM");
    assertEquals((await child.output()).code, 130);
    assertEquals(await machine.cached(), []);
  }, "60");
});

Deno.test("KUBEBUILDER_ASSETS comes first, for the programs that it has", async () => {
  await withMachine(async (machine) => {
    const assets = `${machine.folder}/assets`;
    await Deno.mkdir(assets);
    await Deno.writeTextFile(`${assets}/kube-apiserver`, "", { mode: 0o755 });
    const env = { KUBEBUILDER_ASSETS: assets };
    const { stdout } = await machine.run(["kubeApiserver", "etcd"], env);
    const [first, second] = stdout.split("\n");
    assertEquals(first, `kubeApiserver ${assets}/kube-apiserver`);
    assert(second?.startsWith(`etcd ${machine.folder}/porter/etcd-`), stdout);
    assertEquals(await machine.builds(), 1);
  });
});
