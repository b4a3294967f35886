import { lookUpLanguage, parseAcceptLanguage } from '#core/catalog/languages.ts';
import type { LocalisedTitles } from '#shared/db/playback-catalog.ts';

/** What the viewer asks for by `?language=`, then what the player's own settings say. */
export function wantedLanguages(request: Request): string[] {
  const asked = new URL(request.url).searchParams.get('language');
  return [...(asked === null ? [] : [asked]), ...parseAcceptLanguage(request.headers.get('Accept-Language'))];
}

/** The title in the language that fits best, and which that is. */
export function localiseTitle(
  { title, localised }: { readonly title: string; readonly localised: LocalisedTitles },
  wanted: readonly string[],
): { title: string; language: string | null } {
  const { titles, defaultLanguage } = localised;
  const own = defaultLanguage === null ? [] : [defaultLanguage];
  const language = lookUpLanguage(wanted, [...own, ...Object.keys(titles)]) ?? defaultLanguage;
  const found = language === null || language === defaultLanguage ? undefined : titles[language];
  return found === undefined ? { title, language: defaultLanguage } : { title: found, language };
}
