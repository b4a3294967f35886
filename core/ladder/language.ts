/** Codes of ISO 639-2 that name no language. */
const NO_LANGUAGE = new Set(['und', 'mis', 'mul', 'zxx', 'qaa', 'unk']);

/** BCP 47, canonical, for what a container says (`eng`, `ger`, `pt-br`); null for nothing, and for nonsense. */
export function toBcp47(tag: string | null): string | null {
  if (tag === null || tag.length > 35) return null;
  try {
    const [canonical] = Intl.getCanonicalLocales(tag.trim().replaceAll('_', '-'));
    return canonical === undefined || NO_LANGUAGE.has(canonical.split('-')[0] ?? '') ? null : canonical;
  } catch {
    return null;
  }
}

/** `pt` answers to a wish for `pt-BR` and the other way round: a track in the language is better than another language. */
export function sameLanguage(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return false;
  return primarySubtag(a) === primarySubtag(b);
}

function primarySubtag(tag: string): string | undefined {
  return tag.toLowerCase().split('-')[0];
}

const MAX_LABEL_LENGTH = 60;

/**
 * What a player's menu shows: the track's own title where it has one, else the language in itself ("español").
 *
 * A title comes from the upload and goes into an HLS quoted string, which can hold neither quotes nor line breaks
 * (RFC 8216bis 4.2); characters that turn the text around would mix up the menu.
 */
export function trackLabel(title: string | null, language: string | null, fallback: string): string {
  const clean = (title ?? '')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}"<>]/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (clean !== '') return [...clean].slice(0, MAX_LABEL_LENGTH).join('').trim();
  return (language === null ? null : languageName(language)) ?? fallback;
}

function languageName(language: string): string | null {
  try {
    return new Intl.DisplayNames([language], { type: 'language', fallback: 'none' }).of(language) ?? null;
  } catch {
    return null;
  }
}

/** RFC 8216bis 4.4.6.1.1: no two Renditions of a group have the same NAME. */
export function uniqueLabels(labels: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return labels.map((label) => {
    let unique = label;
    for (let n = 2; seen.has(unique); n++) unique = `${label} (${n})`;
    seen.add(unique);
    return unique;
  });
}
