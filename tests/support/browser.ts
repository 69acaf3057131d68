/**
 * A headless Chromium that tests drive by the DevTools protocol: opens a page, asks it for values, and takes
 * pictures of it.
 *
 * @module
 */

import { until, type WaitOptions } from "../../scripts/lab/mod.ts";

/** How the reader looks at the page. */
export interface Looks {
  readonly width: number;
  readonly height: number;
  readonly scheme: "light" | "dark";
}

/** How a page is opened. */
export interface OpenOptions extends Looks {
  /** Runs in the page before its own scripts. */
  readonly before?: string;
}

interface Answer {
  readonly id?: number;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** One browser with one page. */
export class Browser {
  readonly #child: Deno.ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #stderr: Promise<void>;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #session = "";
  #last = 0;

  private constructor(
    child: Deno.ChildProcess,
    { profile, socket, stderr }: {
      readonly profile: string;
      readonly socket: WebSocket;
      readonly stderr: Promise<void>;
    },
  ) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    this.#stderr = stderr;
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(String(data)) as Answer;
      this.#waiting.get(answer.id ?? 0)?.(answer);
    };
  }

  /** Starts a browser; throws when there is none. */
  static async start(): Promise<Browser> {
    const profile = await Deno.makeTempDir();
    const child = new Deno.Command("chromium", {
      args: [
        ...[
          "--headless",
          "--hide-scrollbars",
          "--no-sandbox",
          "--disable-gpu",
          "--no-first-run",
          "--disable-quic",
        ],
        ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
        ...["--remote-debugging-port=0", `--user-data-dir=${profile}`, "about:blank"],
      ],
      ...{ stdin: "null", stdout: "null", stderr: "piped" },
    }).spawn();
    const { url, stderr } = await debuggerOf(child);
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Browser(child, { profile, socket, stderr });
  }

  /** Opens a page in a fresh tab, and waits for nothing. */
  async open(url: string, { before, ...looks }: OpenOptions): Promise<void> {
    const { targetId } = await this.#ask("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#ask("Target.attachToTarget", { targetId, flatten: true });
    this.#session = String(sessionId);
    await this.look(looks);
    await this.#ask("Page.enable");
    if (before !== undefined) {
      await this.#ask("Page.addScriptToEvaluateOnNewDocument", { source: before });
    }
    await this.#ask("Page.navigate", { url });
  }

  /** Looks at the page from another window. */
  async look({ width, height, scheme }: Looks): Promise<void> {
    await this.#ask("Emulation.setDeviceMetricsOverride", {
      ...{ width, height, deviceScaleFactor: 1, mobile: width < 600 },
    });
    await this.#ask("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
  }

  /** What an expression comes to in the page. */
  async value(expression: string): Promise<unknown> {
    const { result } = await this.#ask("Runtime.evaluate", { expression, returnByValue: true });
    return Object(result).value;
  }

  /** Waits until the page's text, as a reader has it, is like this; gives it. */
  async says(wanted: RegExp, options: WaitOptions = {}): Promise<string> {
    const text = async () => String(await this.value("document.body.innerText"));
    const { value } = await until(`the page says ${wanted}`, async () => {
      const said = await text();
      return wanted.test(said) && said;
    }, { otherwise: text, ...options });
    return value;
  }

  /** A picture of the whole page as PNG. */
  async picture(): Promise<Uint8Array> {
    const { data } = await this.#ask("Page.captureScreenshot", { captureBeyondViewport: true });
    return Uint8Array.from(atob(String(data)), (letter) => letter.charCodeAt(0));
  }

  /** Ends it. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#child.kill("SIGTERM");
    await this.#child.status;
    await this.#stderr;
    await closed;
    await Deno.remove(this.#profile, { recursive: true });
  }

  async #ask(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    const session = this.#session === "" || method.startsWith("Target.")
      ? {}
      : { sessionId: this.#session };
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    const { result, error } = await promise;
    this.#waiting.delete(id);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }
}

/** Where the browser is driven, once it says so. What else it says is read and let go. */
async function debuggerOf(
  child: Deno.ChildProcess,
): Promise<{ readonly url: string; readonly stderr: Promise<void> }> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const read = async (): Promise<void> => {
    let text = "";
    for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
      if (text.length < 10_000) text += part;
      const url = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    }
    reject(new Error(`The browser ended: ${text}`));
  };
  const stderr = read();
  return { url: await promise, stderr };
}
