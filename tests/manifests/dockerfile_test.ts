/**
 * What of the Dockerfile can be shown without a container engine.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl, walk } from "../../scripts/files.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, root));

/** Sources of the COPY lines of the build stage. */
async function copied(): Promise<string[]> {
  const lines = (await read("Dockerfile")).split("\n");
  return lines.filter((line) => /^COPY (?!--from)/.test(line))
    .flatMap((line) => line.split(" ").slice(1, -1));
}

Deno.test("what the Dockerfile copies is what .dockerignore lets in", async () => {
  const ignored = (await read(".dockerignore")).split("\n");
  assertEquals(ignored.filter((line) => line !== "" && !/^[#!]/.test(line)), ["*"]);
  const letIn = ignored.filter((line) => line.startsWith("!")).map((line) => line.slice(1));
  assertEquals((await copied()).sort(), letIn.sort());
});

Deno.test("what the Dockerfile copies is enough to build porter", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const path of await copied()) {
      const { isDirectory } = await Deno.stat(new URL(path, root));
      for (const file of isDirectory ? await walk(root, path, "") : [path]) {
        const to = `${folder}/${file}`;
        await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
        await Deno.copyFile(fromFileUrl(new URL(file, root)), to);
      }
    }
    const deno = async (...args: string[]): Promise<string> => {
      const command = new Deno.Command(Deno.execPath(), { args, cwd: folder });
      const { code, stdout, stderr } = await command.output();
      const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
      assertEquals(code, 0, text);
      return text;
    };
    assertMatch(await deno("task", "build"), /^\.\/porter: /m);
    const { code, stdout } = await new Deno.Command(`${folder}/porter`, { args: ["version"] })
      .output();
    assertEquals(code, 0);
    assertMatch(new TextDecoder().decode(stdout), /^porter \d/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the Dockerfile and the README name the same deno", async () => {
  const from = /^FROM denoland\/deno:(\S+) AS build$/m.exec(await read("Dockerfile"));
  const named = /deno@([\d.]+) /.exec(await read("README.md"));
  assert(from !== null && named !== null);
  assertEquals(from[1], named[1]);
});
