import { assert, assertEquals, assertMatch } from "@std/assert";
import { toldOf } from "../../lib/observe/page/elements.js";
import { lookingGlass, Recorder, serveApi } from "../../lib/observe/mod.ts";
import { systemClock } from "../../lib/system/mod.ts";

/** All scripts of the page as one. */
const script = [...lookingGlass].filter(([path]) => path.endsWith(".js"))
  .map(([, { body }]) => body).join("\n");

Deno.test("the page, its style and its scripts name nothing that is elsewhere", () => {
  const names = ["looking_glass", "elements", "lists", "machines", "picture"];
  assertEquals([...lookingGlass.keys()], [
    ...["/", "/looking_glass.css"],
    ...names.map((name) => `/${name}.js`),
  ]);
  for (const [path, { body }] of lookingGlass) {
    const addresses = (body.match(/\b(?:https?:)?\/\/[\w.-]+/g) ?? [])
      .filter((address) => address !== "http://www.w3.org");
    assertEquals([path, addresses], [path, []]);
  }
});

Deno.test("what comes from outside is never set as markup", () => {
  assert(script.length > 1000);
  assertEquals(
    /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b/.test(script),
    false,
  );
});

Deno.test("every element that the script looks for is on the page", () => {
  const page = lookingGlass.get("/")?.body ?? "";
  const names = [...script.matchAll(/byId\("(\w[\w-]*)"\)/g)].map(([, name]) => name);
  assert(names.length > 10);
  for (const name of names) assert(page.includes(`id="${name}"`), `${name} is not there`);
});

Deno.test("the browser is told to load nothing from elsewhere, and to show it in no frame", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  listener.close();
  const { port } = listener.addr;
  const recorder = new Recorder(systemClock);
  const server = serveApi({
    ...{ address: { hostname: "127.0.0.1", port }, clock: systemClock, answers: {} },
    ...{ recorder, pages: lookingGlass },
  });
  try {
    for (const [path, { type, body }] of lookingGlass) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      assertEquals([response.headers.get("content-type"), await response.text()], [type, body]);
      const policy = response.headers.get("content-security-policy") ?? "";
      assertMatch(policy, /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/);
    }
  } finally {
    await server.close();
  }
});

Deno.test("a peer whose spec.export leaves a route out is not missed in it", () => {
  const yes = { sent: "yes", reason: null };
  const down = { sent: "no", reason: "SessionDown" };
  const deaf = { sent: "no", reason: "NoPeerSelects" };
  const found = [[yes, deaf], [yes, down], [down, deaf], [deaf]].map((peers) => toldOf({ peers }));
  assertEquals(found.map(({ kind, text }) => `${kind}: ${text}`), [
    "good: told 1 of 1 peer",
    "warn: told 1 of 2 peers",
    "bad: told 0 of 1 peer",
    "bad: for no peer",
  ]);
});
