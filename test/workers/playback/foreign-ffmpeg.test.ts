import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findFfmpeg } from '../../../transcoder/find-ffmpeg.ts';
import { apiFetch, edgeFetch, edgeOrigin } from '../../support/edge.ts';
import { isOnPath, PLAYERS, pictureSeconds, playToEnd, vlcSeconds } from '../../support/players.ts';
import { putFiles } from '../support/bucket.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createEpisode, createSeries, publish } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { credit, mediaPrefix, unlock } from '../support/viewers.ts';

const run = promisify(execFile);
const found = findFfmpeg(process.env);
/** The bundled build of 2018 does not know subtitle groups. */
const hasFfmpeg = found.ok && found.value.origin !== 'bundled';
const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-foreign-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const INPUTS = '-f lavfi -i testsrc2=size=180x320:rate=30:duration=12 -f lavfi -i sine=duration=12';
const CODECS = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 60 -sc_threshold 0 -c:a aac -b:a 64k';
const HLS = '-f hls -hls_time 2 -hls_playlist_type vod';
const LADDERS: Readonly<Record<string, readonly string[]>> = {
  'TS with sound and subtitles apart': [
    ...`${INPUTS} -i subs.srt -map 0:v -map 0:v -map 1:a -map 2:s ${CODECS} -c:s webvtt -s:v:1 90x160 ${HLS}`.split(
      ' ',
    ),
    ...'-master_pl_name master.m3u8 -hls_segment_filename %v_%03d.ts -var_stream_map'.split(' '),
    'v:0,agroup:aud,s:0,sgroup:subs v:1,agroup:aud a:0,agroup:aud,default:yes',
    '%v.m3u8',
  ],
  'fMP4 in a single file': [
    ...`${INPUTS} ${CODECS} ${HLS} -hls_segment_type fmp4 -hls_flags single_file index.m3u8`.split(' '),
  ],
  'TS under AES-128': [
    ...`${INPUTS} ${CODECS} ${HLS} -hls_key_info_file key.info -hls_segment_filename %03d.ts index.m3u8`.split(' '),
  ],
};

async function encode(args: readonly string[]): Promise<Map<string, Uint8Array>> {
  if (!found.ok) throw new Error(found.error.detail);
  const cwd = mkdtempSync(path.join(folder, 'ladder-'));
  writeFileSync(
    path.join(cwd, 'subs.srt'),
    '1\n00:00:00,500 --> 00:00:03,000\nHello\n\n2\n00:00:07,000 --> 00:00:09,000\nA spoiler\n',
  );
  writeFileSync(path.join(cwd, 'file.key'), randomBytes(16));
  writeFileSync(path.join(cwd, 'key.info'), 'file.key\nfile.key\n');
  await run(found.value.ffmpegPath, ['-loglevel', 'error', '-y', ...args], { cwd });
  return new Map(readdirSync(cwd).map((name) => [name, readFileSync(path.join(cwd, name))]));
}

const ffprobe = found.ok ? found.value.ffprobePath : '';
const urlOf = (episodeId: string, token: string): string =>
  `${edgeOrigin()}/v1/episodes/${episodeId}/playlist.m3u8?token=${token}`;

describe.skipIf(!hasFfmpeg).each(Object.keys(LADDERS))("ffmpeg's own HLS, %s", (name) => {
  let episodeId = '';
  let preview = '';
  let full = '';
  beforeAll(async () => {
    const prefix = `encoder/${randomUUID()}/`;
    await putFiles(prefix, await encode(LADDERS[name] ?? []));
    episodeId = (await createEpisode((await createSeries({ coinPrice: 10, previewSeconds: 5 })).id)).id;
    await jsonOf(await apiFetch(`/v1/episodes/${episodeId}/hls`, { json: { prefix } }), 201);
    await publish(episodeId);
    preview = await viewerToken(newViewerId());
    const viewer = newViewerId();
    await credit(viewer, 10);
    await unlock(viewer, episodeId);
    full = await viewerToken(viewer);
  });

  test('plays to the end by its URL alone', async () => {
    expect(await pictureSeconds(urlOf(episodeId, full), ffprobe)).toBeCloseTo(12, 1);
  });

  test('plays as a preview that ends where the policy has it', async () => {
    expect(await pictureSeconds(urlOf(episodeId, preview), ffprobe)).toBeCloseTo(4, 1);
  });

  for (const [player, program, args] of PLAYERS) {
    test.skipIf(!isOnPath(program))(`plays in ${player}, whole and as a preview`, { timeout: 60_000 }, async () => {
      for (const token of [full, preview]) await playToEnd(program, args(urlOf(episodeId, token)));
    });
  }

  test.skipIf(!isOnPath('cvlc'))('plays in VLC, whole and as a preview', { timeout: 60_000 }, async () => {
    for (const [token, seconds] of [
      [full, 12],
      [preview, 4],
    ] as const) {
      const played = await vlcSeconds(urlOf(episodeId, token), ffprobe);
      expect(played).toBeGreaterThan(seconds - 0.5);
      expect(played).toBeLessThan(seconds + 0.5);
    }
  });

  test('opens nothing behind the preview to who guesses it', async () => {
    const prefix = await mediaPrefix(episodeId, preview);
    let guesses = 0;
    for (const rendition of ['v0', 'v1', 'a0', 't0']) {
      for (const extension of ['ts', 'mp4', 'm4s', 'vtt']) {
        for (const number of [2, 3, 4, 5]) {
          const answer = await edgeFetch(`${prefix}/${rendition}/${number}.${extension}`);
          // Which rendition and form there is differs: what is there is refused, and the rest is not there.
          if (answer.status === 404) await answer.arrayBuffer();
          else {
            await expectProblem(answer, 'pass-out-of-bounds');
            guesses++;
          }
        }
      }
    }
    expect(guesses).toBeGreaterThanOrEqual(4);
  });
});
