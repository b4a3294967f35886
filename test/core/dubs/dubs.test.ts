import { describe, expect, test } from 'vitest';
import { checkDubbed } from '#core/dubs/check-dub.ts';
import { allowedDifferenceSeconds, compareDubLength } from '#core/dubs/check-duration.ts';
import { type LiveSound, planSounds } from '#core/dubs/plan-sounds.ts';
import { withoutAudioRendition } from '#core/playlist/audio-renditions.ts';
import { multivariantPlaylist } from '#core/playlist/multivariant.ts';

const live = (name: string, language: string | null, label: string): LiveSound => {
  return { name, language, label, isMachineGenerated: false, isDefault: name === 'a0' };
};
const spanish = { language: 'es', label: null, isMachineGenerated: true };

describe('the languages of a version that gets a dub', () => {
  const named = (sounds: ReturnType<typeof planSounds>): string[] =>
    sounds.map(({ from, language, label }) => `${from} ${language} ${label}`);

  test.each<[string, readonly LiveSound[], string | null, readonly string[]]>([
    ['one that is muxed and has a name', [], 'en', ['muxed en English', 'dub es español']],
    ['one that nobody named', [], null, ['muxed null Original', 'dub es español']],
    [
      'several',
      [live('a0', 'en', 'English'), live('a1', 'fr', 'Français')],
      null,
      ['a0 en English', 'a1 fr Français', 'dub es español'],
    ],
    [
      'an earlier dub of it',
      [live('a0', 'en', 'English'), live('a1', 'es', 'old'), live('a3', 'fr', 'Français')],
      null,
      ['a0 en English', 'a3 fr Français', 'dub es español'],
    ],
    ['the main one in it', [live('a0', 'es', 'español')], null, ['a0 es español', 'dub es español (2)']],
    [
      'the main one not first',
      [live('a1', 'fr', 'Français'), live('a0', 'en', 'English')],
      null,
      ['a0 en English', 'a1 fr Français', 'dub es español'],
    ],
  ])('%s', (_, sounds, mainLanguage, expected) => {
    expect(named(planSounds(sounds, spanish, mainLanguage))).toEqual(expected);
  });

  test('says of the dub what was said, and nothing of the others', () => {
    const [main, dub] = planSounds([], { ...spanish, label: 'Doblaje "A"' }, 'en');
    expect(main).toMatchObject({ isMachineGenerated: false });
    expect(dub).toMatchObject({ isMachineGenerated: true, label: 'Doblaje A' });
  });
});

test.each([
  [60, 60, 'same'],
  [59.6, 60, 'same'],
  [57, 60, 'shorter'],
  [65.9, 60, 'longer'],
  [66.1, 60, 'another'],
  [53.9, 60, 'another'],
  [24.9, 30, 'another'],
  [34.9, 30, 'longer'],
  [0.9, 2, 'another'],
  [1.1, 2, 'shorter'],
] as const)('sound of %d s for a picture of %d s is %s', (dubSeconds, episodeSeconds, expected) => {
  expect(compareDubLength(dubSeconds, episodeSeconds)).toBe(expected);
});

test('never allows a dub of no length', () => {
  for (const seconds of [0.5, 1, 8, 90, 900]) expect(allowedDifferenceSeconds(seconds)).toBeLessThan(seconds);
});

describe('what a transcoder made of a dub', () => {
  const renditions = [
    { name: 'v0', width: 360, height: 640 },
    { name: 'v1', width: 540, height: 960 },
  ];
  const base = { segmentDurationsSeconds: [1, 1, 2], renditions };
  const made = { ...base, audioTracks: [{ language: null }, { language: 'es' }] };

  test.each<[string, Partial<typeof made>, string | null]>([
    ['is whole', {}, null],
    ['is whole, with other digits', { segmentDurationsSeconds: [1.000001, 1, 2] }, null],
    ['is whole, in another order', { renditions: renditions.toReversed() }, null],
    ['is cut elsewhere', { segmentDurationsSeconds: [1, 1.02, 2] }, 'it is cut at other places.'],
    ['is shorter', { segmentDurationsSeconds: [1, 1] }, 'it has 2 segments, not 3.'],
    ['lacks a rung', { renditions: renditions.slice(1) }, 'it has the rungs v1 540x960, not v0 360x640, v1 540x960.'],
    ['lacks the language', { audioTracks: [{ language: 'en' }, { language: 'fr' }] }, 'it has no sound in es.'],
    ['lacks the main language', { audioTracks: [{ language: 'es' }] }, 'it has no sound in es.'],
  ])('%s', (_, change, wrong) => {
    expect(checkDubbed({ ...made, ...change }, base, spanish)).toBe(wrong);
  });
});

test('a language is taken out of a playlist, and nothing else', () => {
  const about = {
    channels: 2,
    codecs: 'mp4a.40.2',
    bandwidthBps: 1,
    averageBandwidthBps: 1,
    isMachineGenerated: false,
  };
  const audio = ['a0', 'a1', 'a10'].map((name) => ({
    name,
    language: 'en',
    label: name,
    isMain: name === 'a0',
    ...about,
  }));
  const text = [{ name: 't1', language: 'es', label: 'a1', kind: 'subtitles', isMachineGenerated: false } as const];
  const before = multivariantPlaylist([], [], { audio, text });
  const after = withoutAudioRendition(before, 'a1');
  const gone = before.split('\n').filter((line) => !after.split('\n').includes(line));
  expect(gone).toHaveLength(1);
  expect(gone[0]).toContain('URI="a1/media.m3u8"');
  expect(withoutAudioRendition(after, 'a1')).toBe(after);
});
