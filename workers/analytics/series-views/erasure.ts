/** What a series knows of a viewer, to be told or to be forgotten. A viewer comes as the pseudonyms of the months that are kept. */
import { toBase64url, utf8 } from '#shared/encoding.ts';
import { ERASED_KEPT_MS } from '../limits.ts';
import type { ExportedView } from '../series-views-rpc.ts';
import { viewsOfViewer } from './view-rows.ts';

export function exportViews(sql: SqlStorage, pseudonyms: readonly string[]): ExportedView[] {
  return viewsOfViewer(sql, pseudonyms).map(({ received: { view } }) => {
    const { viewId, sessionId, episodeId, watched, startupMs, stalls, ended, leftBy, details, dimensions } = view;
    const at = { startedAtMs: view.startedAtMs, lastReceivedAtMs: view.lastReceivedAtMs };
    return { viewId, sessionId, episodeId, ...at, watched, startupMs, stalls, ended, leftBy, details, ...dimensions };
  });
}

/**
 * The views stay counted, and that they were: their rows keep the id that a beacon that comes again has, so that it changes
 * nothing. Who saw them, in which session, and all that was told of them goes. Within a transaction.
 */
export function forgetViews(sql: SqlStorage, pseudonyms: readonly string[]): void {
  const nothing = [
    'viewer',
    'previous_viewer',
    'not_before',
    'bot_rules',
    'country',
    'device_type',
    'os',
    'browser',
    'connection_type',
    'app_version',
    'experiment',
    'audience',
    'rendition',
  ];
  sql.exec(
    `UPDATE OR REPLACE views SET session_id = '', state = '{}', ${nothing.map((column) => `${column} = NULL`).join(', ')}
     WHERE viewer IN (SELECT value FROM json_each(?))`,
    JSON.stringify(pseudonyms),
  );
}

/** Of who was erased, so that nothing of theirs that is still on its way brings them back. No pseudonym, only what one can be held against. */
export class ErasedViewers {
  readonly #sql: SqlStorage;
  #isEmpty: boolean;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#isEmpty = sql.exec('SELECT 1 FROM erased LIMIT 1').toArray().length === 0;
  }

  /** The hashes to ask `has` for. Nothing to do while nobody was erased, which is nearly always. */
  async hashesOf(pseudonyms: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const hashes = await Promise.all(
      pseudonyms.map(async (pseudonym) => [pseudonym, await sha256(pseudonym)] as const),
    );
    return new Map(hashes);
  }

  isEmpty(): boolean {
    return this.#isEmpty;
  }

  has(hash: string | undefined): boolean {
    if (hash === undefined) return false;
    return this.#sql.exec('SELECT 1 FROM erased WHERE viewer_sha256 = ?', hash).toArray().length > 0;
  }

  add(hashes: Iterable<string>, nowMs: number): void {
    for (const hash of hashes)
      this.#sql.exec(
        'INSERT OR REPLACE INTO erased (viewer_sha256, until) VALUES (?, ?)',
        hash,
        nowMs + ERASED_KEPT_MS,
      );
    this.#isEmpty = false;
  }

  forgetOld(nowMs: number): void {
    if (!this.#isEmpty) this.#sql.exec('DELETE FROM erased WHERE until < ?', nowMs);
  }
}

async function sha256(text: string): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(text))));
}
