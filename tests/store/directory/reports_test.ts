import { assertEquals } from "@std/assert";
import { DirectoryReports } from "../../../lib/store/mod.ts";
import { reportContract } from "../../contract/report_contract.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

reportContract(
  "a status directory",
  (body) => inFolder((folder) => body(new DirectoryReports(folder))),
);

Deno.test("a name is no path, and a file that is no report is passed over", () =>
  inFolder(async (folder) => {
    const reports = new DirectoryReports(folder);
    const said = { role: "agent", name: "a/../../b", at: 1, sessions: [] } as const;
    await reports.write(said);
    await Deno.writeTextFile(`${folder}/agents/broken.json`, "{");
    assertEquals(await reports.read(), [said]);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["agents"]);
  }));
