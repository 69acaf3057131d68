import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  type ApiServer,
  isLoopback,
  managerAnswers,
  NotThere,
  parseApiAddress,
  parseHealthAddress,
  Recorder,
  serveApi,
} from "../../lib/observe/mod.ts";
import { silentLog } from "../../lib/ports/mod.ts";
import {
  type ApiPath,
  readAnswer,
  snapshotFromText,
  snapshotToText,
} from "../../lib/report/mod.ts";
import { systemClock } from "../../lib/system/mod.ts";
import { Secret } from "../../lib/secret/mod.ts";
import { cluster, meta, node, service, slice } from "../support/objects.ts";
import { freePort } from "../support/running_manager.ts";
import { passOver, session, watched } from "./state.ts";

const snapshot = cluster({
  services: [service("web", { createdAt: 1 }), service("idle", { createdAt: 2 })],
  endpointSlices: [slice("web", ["node1"])],
});

function answers(recorder: Recorder) {
  const pass = passOver(snapshot);
  return managerAnswers({
    version: "9.9.9",
    startedAt: 1,
    source: { directory: "/etc/porter" },
    clock: systemClock,
    pulse: () => ({ overdueMs: 0, missing: [] }),
    recorder,
    running: () => ({
      sessions: [session("leaf")],
      bfd: [watched("BgpPeer leaf")],
      speaker: { connectionsRefused: 0 },
      told: () => 2,
    }),
    leads: () => true,
    pass: () => pass,
    node: undefined,
    serveClassless: false,
  });
}

async function withApi(
  act: (url: string, recorder: Recorder, port: number) => Promise<void>,
): Promise<void> {
  const recorder = new Recorder(systemClock);
  const port = freePort();
  const server: ApiServer = serveApi({
    address: { hostname: "127.0.0.1", port },
    clock: systemClock,
    answers: answers(recorder),
    recorder,
  });
  try {
    await act(`http://127.0.0.1:${port}`, recorder, port);
  } finally {
    await server.close();
  }
}

const paths: readonly (readonly [ApiPath, string])[] = [
  ["status", ""],
  ["peers", ""],
  ["routes", ""],
  ["eips", ""],
  ["nodes", ""],
  ["refusals", ""],
  ["brake", ""],
  ["events", ""],
  ["history", ""],
  ["explain", "?service=default/web"],
  ["plan", ""],
  ["objects", ""],
];

Deno.test("every path answers what its schema says", async () => {
  await withApi(async (url, recorder) => {
    recorder.listen(silentLog).warn("session.ended", { peer: "leaf", reason: "gone" });
    for (const [path, query] of paths) {
      const response = await fetch(`${url}/api/v1/${path}${query}`);
      const read = readAnswer(path, await response.json());
      assertEquals([path, response.status, read.ok ? "" : read.error], [path, 200, ""]);
    }
  });
});

Deno.test("a peer is told of with the state of its BFD session", async () => {
  await withApi(async (url) => {
    const peers = await (await fetch(`${url}/api/v1/peers`)).json();
    assertEquals([peers[0].name, peers[0].bfd], ["leaf", "Up"]);
  });
});

Deno.test("an answer that is not as expected is told by its field", () => {
  const read = readAnswer("nodes", [{ name: 7 }]);
  assert(!read.ok);
  assertMatch(read.error, /^0\.name: /);
});

Deno.test("lists can be filtered and cut", async () => {
  await withApi(async (url) => {
    const ask = async (query: string) =>
      (await (await fetch(`${url}/api/v1/eips?${query}`)).json()).eips;
    assertEquals((await ask("filter=idle")).length, 1);
    assertEquals((await ask("limit=1")).length, 1);
    assertEquals((await ask("filter=nothing")).length, 0);
  });
});

Deno.test("how many of a list were left off is said beside it", async () => {
  await withApi(async (url) => {
    const left = async (query: string) => {
      const response = await fetch(`${url}/api/v1/${query}`);
      await response.body?.cancel();
      return response.headers.get("x-left-off");
    };
    assertEquals(await left("eips?limit=1"), "eips=1");
    assertEquals(await left("routes?limit=1"), "all=1");
    assertEquals([await left("routes?limit=2"), await left("eips")], [null, null]);
  });
});

Deno.test("routes are found by the Eip of their addresses, as the addresses are", async () => {
  await withApi(async (url) => {
    const found = async (filter: string) =>
      (await (await fetch(`${url}/api/v1/routes?filter=${filter}`)).json()).length;
    assertEquals([await found("edge"), await found("web"), await found("edgy")], [2, 1, 0]);
  });
});

/** The answer to a request as written: fetch would not let us lie about the host. */
async function raw(port: number, head: string): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  await conn.write(new TextEncoder().encode(`${head}\r\nConnection: close\r\n\r\n`));
  return await new Response(conn.readable).text();
}

Deno.test("what asks under a name of its own, or from another origin, is turned away", async () => {
  await withApi(async (_, __, port) => {
    const get = "GET /api/v1/peers HTTP/1.1\r\n";
    const first = async (head: string) => (await raw(port, head)).split("\r\n")[0];
    assertEquals(await first(`${get}Host: evil.example`), "HTTP/1.1 421 Misdirected Request");
    assertEquals(
      await first(`${get}Host: 127.0.0.1:${port}\r\nOrigin: https://evil.example`),
      "HTTP/1.1 403 Forbidden",
    );
    for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
      assertEquals(await first(`${get}Host: ${host}`), "HTTP/1.1 200 OK");
    }
    const post = await first(`POST /api/v1/peers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0`);
    assertEquals(post, "HTTP/1.1 405 Method Not Allowed");
  });
});

Deno.test("what there is not is told with what there is", async () => {
  await withApi(async (url) => {
    const response = await fetch(`${url}/api/v1/nothing`);
    assertEquals(response.status, 404);
    assertStringIncludes((await response.json()).error, "/api/v1/peers");
    const explain = await fetch(`${url}/api/v1/explain`);
    assertEquals(explain.status, 404);
    assertStringIncludes((await explain.json()).error, "?service=");
    assert(new NotThere("x") instanceof Error);
  });
});

Deno.test("who watches is told when something happens, and let go at the end", async () => {
  let rest: Promise<string> | undefined;
  await withApi(async (url, recorder) => {
    const response = await fetch(`${url}/api/v1/watch`);
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    assert(reader !== undefined);
    assertEquals((await reader.read()).value, "event: news\ndata: 0\n\n");
    recorder.listen(silentLog).info("a.thing");
    assertEquals((await reader.read()).value, "event: news\ndata: 1\n\n");
    rest = (async () => (await reader.read()).done ? "done" : "more")();
  });
  assertEquals(await rest, "done");
});

Deno.test("the socket of a file system answers as an address does", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/api.sock`;
  const recorder = new Recorder(systemClock);
  const clock = systemClock;
  const server = serveApi({ address: { path }, clock, answers: answers(recorder), recorder });
  const client = Deno.createHttpClient({ proxy: { transport: "unix", path } });
  try {
    const response = await fetch("http://localhost/api/v1/status", { client });
    assertEquals((await response.json()).version, "9.9.9");
    // Of a browser that reaches it through a forwarded port.
    const ask = async (origin: string) => {
      const headers = { origin };
      const answer = await fetch("http://localhost/api/v1/status", { client, headers });
      await answer.body?.cancel();
      return answer.status;
    };
    assertEquals(await ask("http://localhost"), 200);
    assertEquals(await ask("http://evil.example"), 403);
  } finally {
    client.close();
    await server.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("addresses are read, and those that are no one else's are known", () => {
  const parse = (text: string) => parseApiAddress(text, parseHealthAddress);
  assertEquals(parse("unix:/run/porter.sock"), { path: "/run/porter.sock" });
  assertEquals(parse("[::1]:80"), { hostname: "::1", port: 80 });
  assertEquals([parse("unix:run"), parse("unix:"), parse("80")], [undefined, undefined, undefined]);
  const own = ["127.0.0.1:1", "127.1.2.3:1", "[::1]:1", "localhost:1", "unix:/x"];
  const others = ["0.0.0.0:1", "192.0.2.1:1", "[::]:1"];
  const loopback = (text: string) => isLoopback(parse(text) ?? { hostname: "", port: 0 });
  assertEquals(own.map(loopback), own.map(() => true));
  assertEquals(others.map(loopback), others.map(() => false));
});

Deno.test("objects come back as they were, without secrets", () => {
  const with6 = cluster({
    nodes: [node("node1", ["10.0.0.11", "fd00::11"])],
    secrets: [{
      ...meta("Secret", "porter-system/leaf"),
      data: { password: new Secret("hunter2") },
    }],
  });
  const text = JSON.stringify(snapshotToText(with6));
  assertEquals([text.includes("hunter2"), text.includes("secrets")], [false, false]);
  const { secrets: _, ...rest } = with6;
  assertEquals(snapshotFromText(JSON.parse(text)), rest);
});
