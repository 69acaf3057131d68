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
    // Nobody answers any more.
    socket.onclose = () => {
      const error = { message: "the browser has ended" };
      for (const answer of this.#waiting.values()) answer({ error });
    };
  }

  /** Starts a browser; throws when there is none, or it does not come up. */
  static async start(command = "chromium"): Promise<Browser> {
    const profile = await Deno.makeTempDir({ prefix: "porter-browser-" });
    try {
      return await Browser.#startIn(profile, command);
    } catch (thrown) {
      await gone(profile);
      throw thrown;
    }
  }

  static async #startIn(profile: string, command: string): Promise<Browser> {
    const child = new Deno.Command(command, {
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
    try {
      const { url, stderr } = await within("says where it is driven", debuggerOf(child));
      const socket = new WebSocket(url);
      await within(
        "lets itself be driven",
        new Promise((resolve, reject) => {
          socket.onopen = resolve;
          socket.onerror = () => reject(new Error(`${url} cannot be opened`));
        }),
      );
      return new Browser(child, { profile, socket, stderr });
    } catch (thrown) {
      kill(child, "SIGKILL");
      await child.status;
      throw thrown;
    }
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid;
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

  /** Ends it, by force when it does not end by itself. */
  async close(): Promise<void> {
    const insist = setTimeout(() => kill(this.#child, "SIGKILL"), patience);
    kill(this.#child, "SIGTERM");
    await this.#child.status;
    clearTimeout(insist);
    this.#socket.close();
    await within("lets go of its pipe", this.#stderr.catch(() => {}));
    await gone(this.#profile);
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
    try {
      this.#socket.send(JSON.stringify({ id, method, params, ...session }));
      const { result, error } = await within(`answers ${method}`, promise);
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result ?? {};
    } finally {
      this.#waiting.delete(id);
    }
  }
}

/** Milliseconds in which a browser does whatever it is asked. */
const patience = 20_000;

/** What it comes to, in time. */
async function within<T>(what: string, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const error = new Error(`the browser takes more than ${patience} ms until it ${what}`);
  const timer = setTimeout(() => late.reject(error), patience);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended.
  }
}

/** Removes a profile, where other processes of the browser may still write. */
async function gone(profile: string): Promise<void> {
  await until(`${profile} is gone`, async () => {
    return await Deno.remove(profile, { recursive: true }).then(() => true, () => false);
  });
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
