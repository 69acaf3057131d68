/**
 * Makes the Chinese pictures of docs/images/zh out of the English ones: the same drawing with other words, which
 * are in scripts/chinese/pictures.ts.
 *
 *     deno run -A scripts/pictures.ts            write them
 *     deno run -A scripts/pictures.ts --check    fail when they are not what the English ones say
 *
 * @module
 */

import { pictureTexts } from "./chinese/pictures.ts";
import { Translator } from "./chinese/translator.ts";

const folder = new URL("../docs/images/", import.meta.url);

/** Fonts that have Chinese, behind those of the English picture. */
const fonts =
  '"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif';

/** The picture in Chinese, and which of its words are missing or of nothing. */
export function chinesePicture(
  english: string,
  texts: Readonly<Record<string, string>>,
): { readonly svg: string; readonly faults: readonly string[] } {
  const words = new Translator(texts);
  const svg = english
    .replace(/<(text|title|desc)\b([^>]*)>([^<]*)</g, (_, name, attributes, text: string) => {
      const plain = text.trim().replace(/\s+/g, " ").replaceAll("&quot;", '"');
      return `<${name}${attributes}>${words.of(plain).replaceAll('"', "&quot;")}<`;
    })
    .replace(/\bsans-serif\b/, fonts)
    .replace("<svg ", '<svg xml:lang="zh" ');
  return { svg, faults: words.faults("scripts/chinese/pictures.ts") };
}

/** A picture is the same however its text is broken into lines. */
function bare(svg: string): string {
  return svg.replace(/\s+/g, " ").replace(/ ?([<>]) ?/g, "$1");
}

async function main(check: boolean): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [name, texts] of Object.entries(pictureTexts)) {
    const english = await Deno.readTextFile(new URL(`${name}.svg`, folder));
    const made = chinesePicture(english, texts);
    faults.push(...made.faults);
    const file = new URL(`zh/${name}.svg`, folder);
    if (!check) {
      await Deno.writeTextFile(file, made.svg);
      await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file.pathname] }).output();
    } else if (bare(await Deno.readTextFile(file).catch(() => "")) !== bare(made.svg)) {
      faults.push(`docs/images/zh/${name}.svg is stale; run deno run -A scripts/pictures.ts`);
    }
  }
  return faults;
}

if (import.meta.main) {
  const faults = await main(Deno.args.includes("--check"));
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) Deno.exit(1);
}
