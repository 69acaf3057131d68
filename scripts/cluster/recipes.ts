/**
 * Which programs the test cluster is made of, in which versions, and how each is built from its Go
 * module. The only place that names a version.
 *
 * Debian's etcd (3.4) is no substitute: watches that begin without a resourceVersion, and those that
 * ask for their initial events, need requests that it does not know.
 *
 * @module
 */

/** The programs a test may ask for. */
export type BinaryName = "kubeApiserver" | "kubeProxy" | "kubectl" | "etcd" | "helm";

/** A Go module and what is built from it. */
export interface Recipe {
  /** The folder of the cache: what it is, which version. */
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /**
   * The version of the modules that the module's own go.mod replaces by its `staging` folder, which
   * the Go proxy does not carry with it: they are released on their own.
   */
  readonly staging?: string;
  /** Variables that the linker sets: what the program says of its version. */
  readonly set?: Readonly<Record<string, string>>;
  /** The programs: what each file is called, and its package. */
  readonly programs: Readonly<Partial<Record<BinaryName, Program>>>;
}

/** One program of a recipe. */
export interface Program {
  readonly file: string;
  readonly package: string;
}

/** The oldest Go that these modules ask for. */
export const goVersion = "1.26";

/** How every program is built: no C, no debug tables, no path of this machine. */
export const buildFlags = ["-mod=mod", "-trimpath", "-buildvcs=false"] as const;

/** All recipes. */
export const recipes: readonly Recipe[] = [
  {
    name: "kubernetes-v1.37.2",
    module: "k8s.io/kubernetes",
    version: "v1.37.2",
    staging: "v0.37.2",
    set: { "k8s.io/component-base/version.gitVersion": "v1.37.2" },
    programs: {
      kubeApiserver: { file: "kube-apiserver", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
      kubeProxy: { file: "kube-proxy", package: "k8s.io/kubernetes/cmd/kube-proxy" },
      kubectl: { file: "kubectl", package: "k8s.io/kubernetes/cmd/kubectl" },
    },
  },
  {
    name: "etcd-v3.7.3",
    module: "go.etcd.io/etcd/server/v3",
    version: "v3.7.3",
    programs: { etcd: { file: "etcd", package: "go.etcd.io/etcd/server/v3" } },
  },
  {
    name: "helm-v3.22.0",
    module: "helm.sh/helm/v3",
    version: "v3.22.0",
    set: { "helm.sh/helm/v3/internal/version.version": "v3.22.0" },
    programs: { helm: { file: "helm", package: "helm.sh/helm/v3/cmd/helm" } },
  },
];

/** The recipe that makes a program, and the program's part of it. */
export function recipeOf(name: BinaryName): { recipe: Recipe; program: Program } {
  for (const recipe of recipes) {
    const program = recipe.programs[name];
    if (program !== undefined) return { recipe, program };
  }
  throw new Error(`no recipe makes ${name}`);
}

/** The linker's flags of a recipe. */
export function linkerFlags(recipe: Recipe): string {
  const set = Object.entries(recipe.set ?? {}).map(([name, value]) => `-X ${name}=${value}`);
  return ["-s", "-w", ...set].join(" ");
}

/**
 * The go.mod to build a recipe with. Everything but the module itself follows from that module's own
 * go.mod (`itsGoMod`): its requirements are fixed there, and Go checks what it downloads against the
 * public checksum database, so that the same text is built everywhere. Throws when a recipe has
 * staging modules and its module names none.
 */
export function goMod(recipe: Recipe, itsGoMod: string): string {
  const head = `module porter.kubesphere.io/cluster\n\ngo ${goVersion}.0\n\n` +
    `require ${recipe.module} ${recipe.version}\n`;
  if (recipe.staging === undefined) return head;
  const staged = [...itsGoMod.matchAll(/^\s*(\S+) => \.\/staging\//gm)].map((match) => match[1]);
  if (staged.length === 0) throw new Error(`${recipe.module}: its go.mod names no staging module`);
  const lines = staged.map((name) => `\t${name} => ${name} ${recipe.staging}\n`);
  return `${head}\nreplace (\n${lines.join("")})\n`;
}
