/** Languages that viewers could choose until now and cannot in the new version: dubs are not carried over to another picture. */

interface Sound {
  readonly language: string | null;
  readonly label: string;
  readonly isDefault: boolean;
}

/** null: nothing is lost. What plays where nobody chose is replaced and not lost, whatever it is called. */
export function warnOfLostLanguages(
  before: readonly Sound[],
  after: readonly { readonly language: string | null }[],
): { readonly code: 'languages-lost'; readonly detail: string } | null {
  const heard = new Set(after.map(({ language }) => language));
  const lost = before.filter(({ language, isDefault }) => !isDefault && !heard.has(language));
  if (lost.length === 0) return null;
  const names = lost.map(({ language, label }) => (language === null ? label : `${label} (${language})`)).join(', ');
  const detail = `The version before was also heard in ${names}. A dub belongs to its picture: if it fits this one, send it again.`;
  return { code: 'languages-lost', detail };
}
