import { assertEquals } from "@std/assert";
import type { SpeakerReport } from "../../../lib/ports/mod.ts";
import { DirectoryReports } from "../../../lib/store/mod.ts";

Deno.test("each agent's report is a file of its own, and all of them are read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const reports = new DirectoryReports(folder);
    assertEquals(await reports.read(), []);
    const said = (node: string): SpeakerReport => ({ node, at: 1, sessions: [] });
    await reports.write(said("node2"));
    await reports.write(said("node1"));
    await reports.write({ ...said("node1"), at: 2 });
    await reports.write(said("a/b"));
    await Deno.writeTextFile(`${folder}/agents/broken.json`, "{");
    assertEquals(await reports.read(), [
      said("a/b"),
      { ...said("node1"), at: 2 },
      said("node2"),
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
