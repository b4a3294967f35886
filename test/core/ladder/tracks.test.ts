import { describe, expect, it } from 'vitest';
import { toBcp47, trackLabel } from '#core/ladder/language.ts';
import type { SourceAudio, SourceProbe, SourceText } from '#core/ladder/source.ts';
import { chooseTracks, MAX_DUBS } from '#core/ladder/tracks.ts';

let index = 0;

function audio(language: string | null, changes: Partial<SourceAudio> = {}): SourceAudio {
  const stream = { streamIndex: ++index, codec: 'aac', encrypted: false, startSeconds: 0, durationSeconds: 40 };
  return { ...stream, language, title: null, isDefault: false, ...changes };
}

function text(codec: string | null, changes: Partial<SourceText> = {}): SourceText {
  return { ...audio('eng'), codec, isForHearingImpaired: false, ...changes };
}

function source(sound: readonly SourceAudio[], texts: readonly SourceText[] = []): SourceProbe {
  return { durationSeconds: 40, video: [], audio: sound, text: texts };
}

function languages(sound: readonly SourceAudio[], mainLanguage: string | null = null): readonly (string | null)[] {
  return chooseTracks(source(sound), mainLanguage).audioTracks.map((track) => track.language);
}

function codes(probe: SourceProbe, mainLanguage: string | null = null): readonly string[] {
  return chooseTracks(probe, mainLanguage).warnings.map((warning) => warning.code);
}

describe('several sound tracks', () => {
  it('the default one is muxed with the picture, the others become dubs in their order', () => {
    const tracks = [audio('eng'), audio('spa', { isDefault: true }), audio('hin')];
    expect(languages(tracks)).toEqual(['es', 'en', 'hi']);
    expect(chooseTracks(source(tracks), null).audioTracks.map((track) => track.isMain)).toEqual([true, false, false]);
  });

  it('the main language of the series goes before the default, whatever its region', () => {
    expect(languages([audio('eng', { isDefault: true }), audio('por')], 'pt-BR')).toEqual(['pt', 'en']);
    expect(codes(source([audio('eng')]), 'pt-BR')).toEqual(['main-language-missing']);
  });

  it('what cannot be decoded is left out and said so', () => {
    const tracks = [audio('eng', { codec: null, isDefault: true }), audio('fre'), audio('ger', { encrypted: true })];
    expect(languages(tracks)).toEqual(['fr']);
    expect(codes(source(tracks))).toEqual(['audio-tracks-dropped']);
  });

  it('beyond the limit are left out and said so', () => {
    const tracks = Array.from({ length: MAX_DUBS + 3 }, () => audio('eng'));
    expect(languages(tracks)).toHaveLength(MAX_DUBS + 1);
    expect(codes(source(tracks))).toEqual(['audio-tracks-dropped']);
  });

  it('never share a name in the menu', () => {
    const tracks = [audio('eng'), audio('eng'), audio(null), audio('eng', { title: 'Commentary' })];
    const { audioTracks } = chooseTracks(source(tracks), null);
    expect(audioTracks.map((track) => track.label)).toEqual(['English', 'English (2)', 'Audio 3', 'Commentary']);
  });
});

describe('embedded subtitles', () => {
  it('that are text become captions; pictures of text are left out and said so', () => {
    const { textTracks, warnings } = chooseTracks(
      source(
        [],
        [text('subrip'), text('hdmv_pgs_subtitle'), text('mov_text', { isForHearingImpaired: true }), text(null)],
      ),
      null,
    );
    expect(textTracks.map(({ kind, label }) => [kind, label])).toEqual([
      ['subtitles', 'English'],
      ['captions', 'English (2)'],
    ]);
    expect(warnings.map((warning) => warning.code)).toEqual(['subtitles-dropped']);
    expect(warnings[0]?.detail).toContain('left out: 2');
  });
});

describe('what a file says about a track', () => {
  it.each([
    ['eng', 'en'],
    ['ger', 'de'],
    ['pt_BR', 'pt-BR'],
    ['und', null],
    ['', null],
    ['"><script>', null],
    ['a'.repeat(100), null],
  ])('the language %s is %s', (tag, expected) => {
    expect(toBcp47(tag)).toBe(expected);
  });

  it('a title cannot break out of a playlist, nor turn a menu around', () => {
    expect(trackLabel('Evil",URI="http://x/\r\n#EXT-X-ENDLIST\u202e', 'en', 'Audio 1')).toBe(
      'Evil ,URI= http://x/ #EXT-X-ENDLIST',
    );
    expect(trackLabel('\u0000\u0007 ', 'es', 'Audio 1')).toBe('español');
    expect(trackLabel('x'.repeat(500), null, 'Audio 1')).toHaveLength(60);
  });
});
