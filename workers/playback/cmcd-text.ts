import { CMCD_HEADERS } from '#core/cmcd/parse.ts';

/** The query wins over headers, which a player sends only where a preflight allowed them. Empty where it says nothing. */
export function cmcdText(request: Request): string {
  const query = request.url.includes('CMCD=') ? new URL(request.url).searchParams.get('CMCD') : null;
  return (
    query ??
    CMCD_HEADERS.map((name) => request.headers.get(name) ?? '')
      .filter((value) => value !== '')
      .join(',')
  );
}
