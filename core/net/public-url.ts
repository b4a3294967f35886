import { err, ok, type Result } from '../result.ts';

export interface UrlRules {
  /** Only where the deployment runs on the operator's own machine: lets `http://127.0.0.1:{port}` and its like in. */
  readonly allowLoopback: boolean;
}

const MAX_URL_CHARS = 2_048;

/**
 * Scheme, host, port, path and query, in the characters that a parser cannot read in two ways: no credentials, no
 * fragment, no backslash, no space, nothing but ASCII. What is written is what is asked, so there is no second parser to
 * disagree with. @see RFC 3986
 */
const URL_PATTERN =
  /^(https?):\/\/([A-Za-z0-9.-]{1,253}|\[::1\])(?::([0-9]{1,5}))?(\/[A-Za-z0-9._~!$&'()*+,;=:@/%-]*)?(\?[A-Za-z0-9._~!$&'()*+,;=:@/?%-]*)?$/;

const LABEL_PATTERN = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/** The last part of a name of the public DNS begins with a letter; of an address in any notation it does not. */
const TOP_LEVEL_PATTERN = /^[a-z][a-z0-9-]*$/;

/** Names that are never public: RFC 6761, 6762, 8375, 9476, and what clouds and offices use inside. */
const PRIVATE_SUFFIXES = new Set([
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'test',
  'invalid',
  'example',
  'onion',
  'alt',
  'arpa',
]);

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * Whether the edge may ask a URL that somebody else chose: https, port 443, a public name. An address is refused in
 * every notation, public ones too, as a certificate is for a name. That a public name leads to a private address is not
 * seen here; on Cloudflare no private network is behind a Worker.
 */
export function checkPublicUrl(url: string, { allowLoopback }: UrlRules): Result<string, string> {
  if (url.length > MAX_URL_CHARS) return err(`it is longer than ${MAX_URL_CHARS} characters`);
  const parts = URL_PATTERN.exec(url);
  if (parts === null) return err('it is not a plain https URL (no user, no fragment, ASCII only)');
  const [, scheme = '', written = '', port = ''] = parts;
  const host = written.toLowerCase();
  if (allowLoopback && LOOPBACK_HOSTS.has(host) && Number(port) <= 65_535) return ok(url);
  if (scheme !== 'https') return err('it must be https');
  if (port !== '' && port !== '443') return err('only port 443 is asked');
  const labels = host.split('.');
  if (!labels.every((label) => LABEL_PATTERN.test(label))) return err('its host is not a name');
  const top = labels.at(-1) ?? '';
  if (!TOP_LEVEL_PATTERN.test(top)) return err('its host is an address; use a name');
  if (labels.length < 2 || PRIVATE_SUFFIXES.has(top)) return err('its host is not a public name');
  return ok(url);
}
