/**
 * Porter's side of the objects on the disk: `<status directory>/<kind>/<namespace>/<name>.yaml`,
 * without the namespace for kinds that have none, each a document shaped like the object itself.
 *
 * @module
 */

import { parse, stringify } from "yaml";
import { kindNames, parseObject, type Reserved } from "../../objects/mod.ts";
import { type ObjectRef, refKey } from "../../refusal/mod.ts";
import { messageOf } from "../../result/mod.ts";
import { isEmptyOverlay, mapping, type Overlay, withOverlay } from "../overlay.ts";
import { joinPath, lookAtTree, readText, replaceFile, signatureOf, syncFolder } from "./files.ts";

/** What became of reading one status file. */
export type StatusRead =
  | { readonly overlay: Overlay | undefined }
  | { readonly problem: string };

const apiVersions: Readonly<Record<string, string>> = {
  Service: "v1",
  Node: "v1",
  Namespace: "v1",
  EndpointSlice: "discovery.k8s.io/v1",
};
const namespaced: readonly string[] = ["Service", "EndpointSlice"];

/** The path of an object's status file, relative to the status directory. */
export function statusPath(ref: ObjectRef): string {
  return joinPath(ref.kind, ref.namespace, `${ref.name}.yaml`);
}

/** The object that a path, relative to the status directory, is about; undefined for other files. */
export function statusRef(path: string): ObjectRef | undefined {
  const parts = path.split("/");
  const [kind = "", ...rest] = parts;
  const last = rest.at(-1);
  if (last === undefined || last.startsWith(".") || !last.endsWith(".yaml")) return undefined;
  if (!(kindNames as readonly string[]).includes(kind)) return undefined;
  if (rest.length !== (namespaced.includes(kind) ? 2 : 1)) return undefined;
  return {
    kind,
    namespace: rest.length === 2 ? rest[0] ?? "" : "",
    name: last.slice(0, -".yaml".length),
  };
}

/** The status directory. */
export class StatusFiles {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** All status files below a folder: paths, and signatures as `lookAtTree` gives them. */
  async list(below = ""): Promise<ReadonlyMap<string, string>> {
    // The status directory may be hidden; what is below it is not.
    const { files } = await lookAtTree(this.root, below);
    return new Map([...files].filter(([path]) => statusRef(path) !== undefined));
  }

  /** A text that differs when the file may have changed; undefined when there is none. */
  signature(path: string): Promise<string | undefined> {
    return signatureOf(joinPath(this.root, path));
  }

  /** Reads what porter says of an object. */
  async read(ref: ObjectRef): Promise<StatusRead> {
    const text = await readText(joinPath(this.root, statusPath(ref)));
    if (text === undefined) return { overlay: undefined };
    if (!text.ok) return { problem: text.error };
    try {
      return {
        overlay: overlayOf(parse(text.value, {
          maxAliasCount: 0,
          prettyErrors: false,
          logLevel: "error",
          stringKeys: true,
        })),
      };
    } catch (thrown) {
      return { problem: `is not YAML: ${messageOf(thrown)}` };
    }
  }

  /**
   * Writes what porter says of an object; nothing said removes the file. Gives the signature of what
   * is there now. Throws when it cannot.
   */
  async write(ref: ObjectRef, overlay: Overlay): Promise<string | undefined> {
    if (!isEmptyOverlay(overlay)) {
      const folder = joinPath(this.root, ref.kind, ref.namespace);
      return await replaceFile(folder, `${ref.name}.yaml`, statusText(ref, overlay));
    }
    await this.remove(ref);
    return undefined;
  }

  /** Removes an object's status file; harmless when there is none. */
  async remove(ref: ObjectRef): Promise<void> {
    try {
      await Deno.remove(joinPath(this.root, statusPath(ref)));
    } catch (thrown) {
      if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }

  /** Makes what was written and removed safe on the disk. */
  async sync(refs: readonly ObjectRef[]): Promise<void> {
    const folders = new Set(refs.map((ref) => joinPath(this.root, ref.kind, ref.namespace)));
    for (const folder of folders) {
      await syncFolder(folder).catch((thrown) => {
        if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
      });
    }
  }
}

/** The addresses that a Service holds by what porter says of it alone. */
export function reservedBy(service: ObjectRef, overlay: Overlay): readonly Reserved[] {
  if (service.kind !== "Service") return [];
  const { namespace, name } = service;
  const bare = { apiVersion: "v1", kind: "Service", metadata: { namespace, name } };
  const parsed = parseObject(withOverlay(bare, overlay));
  if (!parsed.ok || parsed.value.kind !== "Service") return [];
  return parsed.value.object.holds.map(({ address }) => ({ address, service }));
}

/** Orders objects by their keys. */
export function byRefKey(a: ObjectRef, b: ObjectRef): number {
  const [left, right] = [refKey(a), refKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function statusText(ref: ObjectRef, overlay: Overlay): string {
  const { annotations, status } = overlay;
  const document = {
    apiVersion: apiVersions[ref.kind] ?? "network.kubesphere.io/v1alpha1",
    kind: ref.kind,
    metadata: {
      name: ref.name,
      ...(ref.namespace === "" ? {} : { namespace: ref.namespace }),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    ...(Object.keys(status).length === 0 ? {} : { status }),
  };
  return `# Written by porter, which reads it after a restart: addresses in use are kept here.\n` +
    stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function overlayOf(raw: unknown): Overlay {
  const document = mapping(raw);
  const annotations = Object.entries(mapping(mapping(document.metadata).annotations))
    .filter((entry): entry is [string, string | null] =>
      entry[1] === null || typeof entry[1] === "string"
    );
  return { annotations: Object.fromEntries(annotations), status: mapping(document.status) };
}
