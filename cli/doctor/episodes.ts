/** Plays the beginning of every published episode as a viewer who may see all. */
import type { Cliffhanger, Episode, Series } from '../../client/index.ts';
import type { DoctorContext } from '../commands/doctor.ts';
import { allPages } from '../pages.ts';
import { orOk, type Finding } from './finding.ts';

/** Gentle on an edge that serves viewers. */
const AT_ONCE = 4;
const TOKEN_TTL_SECONDS = 900;
const VIEWER = 'doctor';

export async function checkEpisodes({ client, connection, out }: DoctorContext): Promise<readonly Finding[]> {
  const series = await allPages((query) => client.call('GET /v1/series', { query }));
  const episodes = (await Promise.all(series.map((each) => episodesOf(client, each)))).flat();
  const { token } = await client.call('POST /v1/viewer-tokens', {
    body: { viewerId: VIEWER, ttlSeconds: TOKEN_TTL_SECONDS, entitlements: ['all'] },
  });
  const nowMs = Date.now();
  const visible = episodes.filter(
    ({ state, releaseAt }) => state === 'published' && (releaseAt === null || Date.parse(releaseAt) <= nowMs),
  );
  const findings = episodes.flatMap((episode) =>
    episode.failure === undefined
      ? []
      : [finding(episode, 'warning', `${episode.failure.code}: ${episode.failure.detail}`)],
  );
  let done = 0;
  for (let start = 0; start < visible.length; start += AT_ONCE) {
    const batch = visible.slice(start, start + AT_ONCE);
    const complaints = await Promise.all(batch.map((episode) => complaintOf(connection.edge, token, episode)));
    findings.push(...complaints.filter((each) => each !== null));
    done += batch.length;
    out.progress(`${done} of ${visible.length} episodes played`);
  }
  return orOk('episodes', findings, `${visible.length} published, each begins to play`);
}

function episodesOf(client: Cliffhanger, { id }: Series): Promise<Episode[]> {
  return allPages((query) => client.call('GET /v1/series/{series}/episodes', { params: { series: id }, query }));
}

/** The playlists, then the first segment of the first rendition: what a player asks for. */
async function complaintOf(edge: string, token: string, episode: Episode): Promise<Finding | null> {
  try {
    const multivariant = await read(`${edge}/v1/episodes/${episode.id}/playlist.m3u8?token=${token}`);
    // What the operator's own rules say is no fault.
    if (multivariant.code === 'country-not-allowed') return null;
    if (multivariant.complaint !== null) return finding(episode, 'error', `playlist: ${multivariant.complaint}`);
    const media = await read(firstUri(multivariant));
    if (media.complaint !== null) return finding(episode, 'error', `media playlist: ${media.complaint}`);
    const segment = await fetch(firstUri(media), { headers: { Range: 'bytes=0-0' } });
    await segment.arrayBuffer();
    return segment.ok ? null : finding(episode, 'error', `first segment: answered ${segment.status}`);
  } catch (error) {
    return finding(episode, 'error', error instanceof Error ? error.message : String(error));
  }
}

interface ReadText {
  readonly url: string;
  readonly text: string;
  readonly code: string | null;
  readonly complaint: string | null;
}

async function read(from: string | URL): Promise<ReadText> {
  const url = String(from);
  const response = await fetch(url);
  const text = await response.text();
  if (response.ok) return { url, text, code: null, complaint: null };
  const code = /"code":"([a-z-]+)"/.exec(text)?.[1] ?? null;
  return { url, text, code, complaint: code ?? `answered ${response.status}` };
}

function firstUri({ url, text }: ReadText): URL {
  const line = text.split('\n').find((each) => each !== '' && !each.startsWith('#'));
  if (line === undefined) throw new Error('a playlist names nothing to play');
  return new URL(line.trim(), url);
}

function finding({ id, number, title }: Episode, state: Finding['state'], detail: string): Finding {
  return { check: 'episodes', state, detail: `${number} "${title}" (${id}): ${detail}` };
}
