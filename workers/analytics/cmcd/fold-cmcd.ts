import { foldCmcdEvents, isCmcdView } from '#core/cmcd/fold-events.ts';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';
import { callBinding } from '#shared/binding-call.ts';
import { toBase64url, utf8 } from '#shared/encoding.ts';
import { keyFor } from '../pseudonyms.ts';
import type { CmcdReport } from './parse-cmcd.ts';

type Place = Pick<AnalyticsEnv, 'MASTER_SECRET' | 'CMCD_SESSIONS'>;

/** The views that these reports are of, as they are known with them: as our own player would have told them. */
export async function foldCmcd(
  env: Place,
  viewer: string,
  reports: readonly CmcdReport[],
): Promise<readonly ViewEventWire[]> {
  const views = await Promise.all(reports.map((report) => foldReport(env, viewer, report)));
  return views.filter((view) => view !== null);
}

async function foldReport(env: Place, viewer: string, report: CmcdReport): Promise<ViewEventWire | null> {
  const { session, episodeId } = report;
  const [ofSession, ofView] = await Promise.all([
    keyedHash(env.MASTER_SECRET, `${viewer}\n${session}`),
    keyedHash(env.MASTER_SECRET, `${viewer}\n${session}\n${episodeId}`),
  ]);
  const object = env.CMCD_SESSIONS.getByName(toBase64url(ofSession));
  const events = await callBinding('beacons', async () => object.add(episodeId, report.events));
  if (!isCmcdView(events)) return null;
  return foldCmcdEvents({ viewId: uuidOf(ofView), sessionId: uuidOf(ofSession), episodeId }, events);
}

async function keyedHash(masterSecret: string, text: string): Promise<Uint8Array> {
  const mac = await crypto.subtle.sign('HMAC', await keyFor(masterSecret, 'cmcd-session|v1'), utf8(text));
  return new Uint8Array(mac, 0, 16);
}

/** Version 8: made of what the sender is known by, so that it is the same each time. @see RFC 9562 5.8 */
function uuidOf(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const variant = '89ab'[Number.parseInt(hex[16] ?? '0', 16) & 3] ?? '8';
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join(
    '-',
  );
}
