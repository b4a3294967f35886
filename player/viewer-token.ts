/**
 * Keeps a viewer token fresh. The signature is the edge's business: here only `exp` is read, to renew in time.
 *
 * @see RFC 7519, 4.1.4
 */
import { TOKEN_RENEWAL_MARGIN_SECONDS } from './limits.ts';

export type RenewToken = () => Promise<string> | string;

export interface TokenHolder {
  readonly current: string;
  /** The token to send now, renewed first when it is about to lapse. */
  get(): Promise<string>;
  /** Called after a 401: true when another token was got. */
  renew(): Promise<boolean>;
}

export function createTokenHolder(token: string, onTokenExpiring: RenewToken | null, nowMs: () => number): TokenHolder {
  let current = token;
  let renewal: Promise<boolean> | null = null;

  const renew = (): Promise<boolean> => {
    if (onTokenExpiring === null) return Promise.resolve(false);
    // One renewal at a time, however many requests meet the same 401.
    renewal ??= Promise.resolve()
      .then(onTokenExpiring)
      .then(
        (renewed) => {
          const changed = renewed !== current;
          current = renewed;
          return changed;
        },
        () => false,
      )
      .finally(() => {
        renewal = null;
      });
    return renewal;
  };

  return {
    get current() {
      return current;
    },
    async get() {
      const exp = readExpirySeconds(current);
      if (exp !== null && exp - TOKEN_RENEWAL_MARGIN_SECONDS < nowMs() / 1000) await renew();
      return current;
    },
    renew,
  };
}

/** `exp` of a JWT, or null for anything that is not one. */
export function readExpirySeconds(token: string): number | null {
  const payload = token.split('.')[1];
  if (payload === undefined) return null;
  try {
    const claims: unknown = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
    if (typeof claims !== 'object' || claims === null || !('exp' in claims)) return null;
    return typeof claims.exp === 'number' ? claims.exp : null;
  } catch {
    return null;
  }
}
