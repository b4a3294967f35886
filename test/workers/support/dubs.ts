import { captionPlaylist } from '#core/captions/caption-playlist.ts';
import type { AudioTrackReport, LeasedDub } from '#core/ingest/transcoder-protocol.ts';
import { multivariantPlaylist } from '#core/playlist/multivariant.ts';
import type { TextRendition } from '#core/playlist/renditions.ts';
import { type FakeVersion, fakeVersion, reportOf } from './fake-transcoder.ts';

const ENGLISH: TextRendition = {
  name: 't0',
  language: 'en',
  label: 'English',
  kind: 'subtitles',
  isMachineGenerated: false,
};

/** A version of one language, muxed, whose source had English subtitles. */
export function subtitledVersion(): FakeVersion {
  const { objects, result } = fakeVersion();
  return beside({ objects, result }, [], [ENGLISH]);
}

/** What a transcoder makes of a leased dub: the same rungs with no sound, and each language in a folder of its own. */
export function dubbedVersion(dub: LeasedDub): FakeVersion {
  const heights = dub.rungs.map(({ height }) => height);
  const audio = dub.sounds.map(({ language, label, isMachineGenerated }, n) => {
    const rates = { channels: 2, codecs: 'mp4a.40.2', bandwidthBps: 97_000, averageBandwidthBps: 96_000 };
    return { name: `a${n}`, language, label, isMachineGenerated, ...rates };
  });
  const texts = dub.texts.map((text, n) => ({ ...text, name: `t${n}` }));
  return beside(fakeVersion({ segments: dub.segmentDurationsSeconds, heights }), audio, texts);
}

function beside(
  { objects, result }: FakeVersion,
  audioTracks: readonly AudioTrackReport[],
  text: readonly TextRendition[],
): FakeVersion {
  const seconds = result.segmentDurationsSeconds;
  const audio = audioTracks.map((track, n) => ({ ...track, isMain: n === 0 }));
  const all = new Map(objects);
  all.set('multivariant.m3u8', Buffer.from(multivariantPlaylist(result.renditions, [], { audio, text })));
  for (const { name } of audio) {
    all.set(`${name}/media.m3u8`, objects.get('v0/media.m3u8') ?? Buffer.alloc(0));
    all.set(`${name}/init.mp4`, Buffer.from(`init of ${name}`));
    for (const n of seconds.keys()) all.set(`${name}/${n}.m4s`, Buffer.from(`sound ${name} ${n}`));
  }
  for (const { name } of text) {
    all.set(`${name}/media.m3u8`, Buffer.from(captionPlaylist(seconds, 2)));
    for (const n of seconds.keys()) all.set(`${name}/${n}.vtt`, Buffer.from(`WEBVTT\n\nof the source ${n}`));
  }
  return { objects: all, result: { ...result, objects: reportOf(all), audioTracks, textTracks: text } };
}
