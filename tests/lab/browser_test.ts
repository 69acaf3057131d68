/**
 * That a browser which dies, or does not come up, is a failure in words and leaves nothing.
 *
 * @module
 */

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Browser } from "../support/browser.ts";

const looks = { width: 800, height: 600, scheme: "light" } as const;

/** The profiles that lie about. */
function profiles(): readonly string[] {
  const folder = Deno.env.get("TMPDIR") ?? "/tmp";
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith("porter-browser-"));
}

Deno.test({
  name: "a browser that is killed is told to who waits for its page, and leaves nothing",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const before = profiles();
    const browser = await Browser.start();
    try {
      await browser.open("data:text/html,hello", looks);
      await browser.says(/^hello$/);
      const waits = assertRejects(() => browser.says(/never/));
      Deno.kill(browser.pid, "SIGKILL");
      assertMatch((await waits).message, /the browser has ended|WebSocket/i);
    } finally {
      await browser.close();
    }
    assertEquals(profiles(), before);
  },
});

Deno.test({
  name: "a browser that is not there, or ends at once, is told",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const before = profiles();
    assertMatch((await assertRejects(() => Browser.start("no-such-browser"))).message, /no-such/);
    assertMatch((await assertRejects(() => Browser.start("false"))).message, /browser ended/);
    assertEquals(profiles(), before);
  },
});
