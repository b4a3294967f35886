import { describe, expect, test } from 'vitest';
import {
  type CaptionSidecar,
  isUnchanged,
  numberCaptions,
  planCaptions,
  type TextTrack,
} from '#core/captions/plan-captions.ts';
import { multivariantPlaylist } from '#core/playlist/multivariant.ts';
import { NO_RENDITIONS } from '#core/playlist/renditions.ts';
import { withTextRenditions } from '#core/playlist/text-renditions.ts';

const track = (name: string, language: string, more: Partial<TextTrack> = {}): TextTrack => ({
  ...{ name, language, label: language, kind: 'subtitles', isMachineGenerated: false, sidecarId: null },
  ...more,
});
const sidecar = (id: string, language: string, more: Partial<CaptionSidecar> = {}): CaptionSidecar => ({
  ...{ id, language, kind: 'subtitles', label: null, isMachineGenerated: false, fileKey: `s/${id}` },
  ...more,
});

describe('what a version is to have', () => {
  test('a file takes the place of what the source has in that language and kind, and of nothing else', () => {
    const [english, spanish, spanishCaptions] = [
      track('t0', 'en'),
      track('t1', 'es'),
      track('t2', 'es', { kind: 'captions' }),
    ];
    const change = planCaptions([english, spanish, spanishCaptions], [sidecar('cap_1', 'es')]);
    expect(change.kept).toEqual([english, spanishCaptions]);
    expect(change.removed).toEqual([spanish]);
    expect(change.added.map(({ id }) => id)).toEqual(['cap_1']);
  });

  test('applied twice changes nothing more', () => {
    const sidecars = [sidecar('cap_1', 'es'), sidecar('cap_2', 'fr', { fileKey: null })];
    const first = planCaptions([track('t0', 'en'), track('t1', 'fr')], sidecars);
    const live = [...first.kept, ...numberCaptions(first, 2)];
    expect(live.map(({ name, language }) => `${name} ${language}`)).toEqual(['t0 en', 't2 es']);
    expect(isUnchanged(planCaptions(live, sidecars))).toBe(true);
  });

  test('another file of the same language has a number of its own', () => {
    const live = [track('t0', 'es', { sidecarId: 'cap_1' })];
    const change = planCaptions(live, [sidecar('cap_2', 'es')]);
    expect([change.kept, change.removed]).toEqual([[], live]);
    expect(numberCaptions(change, 7)).toEqual([track('t7', 'es', { label: 'español', sidecarId: 'cap_2' })]);
  });

  test('no two have one name in the menu, and a name cannot end its attribute', () => {
    const sidecars = [sidecar('cap_1', 'es'), sidecar('cap_2', 'es', { kind: 'captions', label: 'a "b"' })];
    const change = planCaptions([track('t0', 'en', { label: 'español' })], sidecars);
    expect(numberCaptions(change, 1).map(({ label }) => label)).toEqual(['español (2)', 'a b']);
  });
});

describe('a Multivariant Playlist', () => {
  const variant = { ...{ name: 'v0', width: 360, height: 640, codecs: 'avc1.64001e,mp4a.40.2', frameRate: 24 } };
  const rates = { bandwidthBps: 900_000, averageBandwidthBps: 800_000 };
  const variants = [
    { ...variant, ...rates },
    { ...variant, ...rates, name: 'v1' },
  ];
  const iFrames = [{ ...variant, ...rates }];
  const text = [track('t0', 'en'), track('t3', 'es', { kind: 'captions', isMachineGenerated: true })];
  const dub = { name: 'a0', language: 'en', label: 'English', channels: 2, codecs: 'mp4a.40.2', isMain: true };
  const audio = [{ ...dub, ...rates, isMachineGenerated: false }];

  test.each([
    ['none', []],
    ['two languages', audio],
  ])('with captions added and taken away is the one that was written with them; dubs: %s', (_, dubs) => {
    const bare = multivariantPlaylist(variants, iFrames, { ...NO_RENDITIONS, audio: dubs });
    const full = multivariantPlaylist(variants, iFrames, { audio: dubs, text });
    expect(withTextRenditions(bare, text).split('\n').toSorted()).toEqual(full.split('\n').toSorted());
    expect(withTextRenditions(bare, text)).toBe(full);
    expect(withTextRenditions(full, [])).toBe(bare);
    expect(withTextRenditions(full, text)).toBe(full);
  });
});
