import { apiFetch } from '../../support/edge.ts';
import { jsonOf } from './http.ts';

export interface ApiKeyWire {
  readonly id: string;
  readonly label: string;
  readonly key: string;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly previousUntil: string | null;
}

interface Page {
  readonly items: ApiKeyWire[];
  readonly nextCursor: string | null;
}

/** Every page of them: other tests make keys by the dozen. */
export async function listApiKeys(): Promise<ApiKeyWire[]> {
  const found: ApiKeyWire[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const at: string = `/v1/api-keys?limit=50${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const page: Page = await jsonOf<Page>(await apiFetch(at));
    found.push(...page.items);
    cursor = page.nextCursor;
  }
  return found;
}
