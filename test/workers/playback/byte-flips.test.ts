import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { edgeFetch } from '../../support/edge.ts';
import { statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { mediaPrefix } from '../support/viewers.ts';

/** Each flip is a request against the running edge, with its real keys (security.md TOK-10). */
const FLIPS = 10_000;
const AT_ONCE = 16;

let episodeId = '';
let token = '';
let prefix = '';

beforeAll(async () => {
  episodeId = (await publishedEpisode((await createSeries()).id)).id;
  token = await viewerToken(newViewerId(), { deviceId: 'a-device' });
  prefix = await mediaPrefix(episodeId, token);
});

/** One byte of `text`, from `start` on, set to any other of the 256. */
function flip(text: string, start: number): string {
  const bytes = Buffer.from(text, 'latin1');
  const at = randomInt(start, bytes.length);
  bytes[at] = ((bytes[at] ?? 0) + randomInt(1, 256)) % 256;
  return bytes.toString('latin1');
}

/** What was not refused with one of these statuses; empty when all were. */
async function notRefused(statuses: readonly number[], attempt: () => readonly [string, string]): Promise<string[]> {
  const accepted: string[] = [];
  let left = FLIPS;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const [path, shown] = attempt();
      const status = await statusOf(await edgeFetch(path));
      if (!statuses.includes(status)) accepted.push(`${status} ${shown}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return accepted;
}

describe('one byte changed', { timeout: 180_000 }, () => {
  test(`anywhere in a viewer token is refused, ${FLIPS} times`, async () => {
    const playlist = `/v1/episodes/${episodeId}/playlist.m3u8?token=`;
    expect(await statusOf(await edgeFetch(playlist + token))).toBe(200);
    const accepted = await notRefused([401], () => {
      const flipped = flip(token, 0);
      return [playlist + encodeURIComponent(flipped), flipped];
    });
    expect(accepted).toEqual([]);
  });

  test(`anywhere in the signed part of a media path is refused, ${FLIPS} times`, async () => {
    expect(await statusOf(await edgeFetch(`${prefix}/v0/0.m4s`))).toBe(200);
    const accepted = await notRefused([403, 404], () => {
      const flipped = flip(prefix, '/m/'.length);
      // Letters, digits and what a path may hold travel as they are; everything else percent-encoded.
      const path = flipped.replaceAll(/[^A-Za-z0-9_\-./~]/g, (char) => encodeURIComponent(char));
      return [`${path}/v0/0.m4s`, flipped];
    });
    expect(accepted).toEqual([]);
  });
});
