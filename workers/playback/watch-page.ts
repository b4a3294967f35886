import { toBase64 } from '#shared/encoding.ts';
import { BASE64_PIECE_BYTES } from './limits.ts';

/** The page's template, once an isolate: it changes with a deployment only. */
let template: readonly [head: string, tail: string] | null = null;

export async function loadWatchPage(site: Fetcher, origin: string): Promise<readonly [head: string, tail: string]> {
  if (template !== null) return template;
  const answer = await site.fetch(`${origin}/watch/page.txt`);
  const [head, tail] = (await answer.text()).split('<!--start-->');
  if (!answer.ok || head === undefined || tail === undefined) throw new Error('the page for shared links is not built');
  return (template = [head, tail]);
}

/** What stands for `{{name}}`: text, which is escaped, or markup of ours. */
export type PageValues = Readonly<Record<string, string | { readonly markup: string }>>;

export function fill(part: string, values: PageValues): string {
  return part.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'string' ? escapeHtml(value) : value.markup;
  });
}

/** @see HTML 13.1.2.3: as text and as the value of an attribute in double quotes */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A literal that no `</script>` and no comment can stand in. */
export function scriptLiteral(value: unknown): { readonly markup: string } {
  return { markup: JSON.stringify(value).replaceAll('<', '\\u003c') };
}

/** As one text, of pieces: a function takes only so many arguments. */
export function inBase64(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.byteLength; at += BASE64_PIECE_BYTES)
    pieces.push(toBase64(bytes.subarray(at, at + BASE64_PIECE_BYTES)));
  return pieces.join('');
}
