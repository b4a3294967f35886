/** Captions that lie beside a video, for viewers to choose. */
import { openAsBlob } from 'node:fs';
import path from 'node:path';
import type { Cliffhanger } from '../../client/index.ts';
import type { InLanguage } from './plan.ts';

export interface SentCaptions {
  /** Names of files. */
  readonly captionsSent?: readonly string[];
  /** `name: why`. The video is there all the same. */
  readonly captionsFailed?: readonly string[];
}

/** Those of languages that the episode has are sent only along with its video: a second import changes nothing. */
export async function sendCaptions(
  client: Cliffhanger,
  episode: string,
  captions: readonly InLanguage[],
  isVideoNew: boolean,
): Promise<SentCaptions> {
  if (captions.length === 0) return {};
  const { tracks } = await client.call('GET /v1/episodes/{episode}/tracks', { params: { episode } });
  const there = new Set(tracks.flatMap(({ kind, language }) => (kind === 'audio' || isVideoNew ? [] : [language])));
  const [captionsSent, captionsFailed]: [string[], string[]] = [[], []];
  for (const { file, language } of captions) {
    if (there.has(language)) continue;
    const name = path.basename(file);
    const body = await openAsBlob(file, { type: 'text/vtt' });
    const call = await client.try('PUT /v1/episodes/{episode}/captions/{language}', {
      params: { episode, language },
      body,
    });
    if (call.ok) captionsSent.push(name);
    else captionsFailed.push(`${name}: ${call.problem.detail ?? call.problem.title}`);
  }
  return { ...(captionsSent.length > 0 && { captionsSent }), ...(captionsFailed.length > 0 && { captionsFailed }) };
}
