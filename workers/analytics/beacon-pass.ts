/**
 * A view's media pass says whose beacon it is where there is no token: `?pass=` is any media URL of the view, or its path up
 * to the version. It counts for ten minutes longer than it plays (security.md ANA-3).
 */
import { MAX_PASS_TTL_SECONDS } from '#core/token/limits.ts';
import { parseMediaPath, passEpoch, type MediaPath } from '#core/token/media-pass.ts';
import { readBinding } from '#shared/binding-call.ts';
import { verifyPassTag } from '#shared/keys/media-pass-key.ts';
import { log, reasonOf } from '#shared/log.ts';
import { withTimeLimit } from '#shared/time-limit.ts';
import { ASSET_PATIENCE_MS, MAX_CACHED_ASSETS, PASS_GRACE_SECONDS } from './limits.ts';

export interface BeaconPass {
  readonly sessionId: string;
  readonly assetId: string;
  readonly notBeforeMs: number;
}

/** null for what this deployment did not sign, or what has lapsed for good. */
export async function readPass(masterSecret: string, text: string, nowMs: number): Promise<BeaconPass | null> {
  const path = parsePass(text);
  if (path === null) return null;
  const nowSeconds = Math.floor(nowMs / 1_000);
  const { kid, expiresAtSeconds, sessionId } = path.pass;
  if (Math.abs(kid - passEpoch(nowSeconds)) > 1 || expiresAtSeconds + PASS_GRACE_SECONDS <= nowSeconds) return null;
  if (!(await verifyPassTag(masterSecret, path))) return null;
  // One that a decision's end cut short was issued later: then it is only a looser bound.
  return { sessionId, assetId: path.assetId, notBeforeMs: (expiresAtSeconds - MAX_PASS_TTL_SECONDS) * 1_000 };
}

function parsePass(text: string): MediaPath | null {
  const prefix = /\/m\/[^/]+\/[^/]+\/[^/]+/.exec(text)?.[0];
  return prefix === undefined ? null : parseMediaPath(`${prefix}/poster.jpg`);
}

const episodeOf = new Map<string, string>();

/** undefined while it cannot be known: the pass is good, so its beacon is not lost for that. */
export async function episodeOfAsset(db: D1Database, assetId: string): Promise<string | null | undefined> {
  const known = episodeOf.get(assetId);
  if (known !== undefined) return known;
  const read = (): Promise<{ episode_id: string } | null> =>
    readBinding('catalogue', () =>
      db.prepare('SELECT episode_id FROM assets WHERE id = ?').bind(assetId).first<{ episode_id: string }>(),
    );
  try {
    const row = await withTimeLimit(ASSET_PATIENCE_MS, read);
    if (row === null) return null;
    if (episodeOf.size >= MAX_CACHED_ASSETS) episodeOf.clear();
    episodeOf.set(assetId, row.episode_id);
    return row.episode_id;
  } catch (thrown) {
    log('warn', 'beacon_asset_unknown', { assetId, reason: reasonOf(thrown) });
    return undefined;
  }
}
