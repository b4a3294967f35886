import { describe, expect, it } from 'vitest';
import { checkDurations, isShorterThanProbed, type MadeDurations } from '#core/ladder/check-durations.ts';

const frameRate = { numerator: 30, denominator: 1 };
const rung = (name: string, ...segmentDurationsSeconds: number[]) => ({ name, segmentDurationsSeconds });
const made: MadeDurations = {
  frameRate,
  encodedFrames: 120,
  rungs: [rung('v0', 1, 1, 2), rung('v1', 1, 1, 2)],
  sounds: [{ name: 'a0', seconds: 4.011 }],
};

describe('what was made', () => {
  it.each<[string, Partial<MadeDurations>, string | null]>([
    ['lasts what was encoded, on each rung', {}, null],
    ['is a frame shorter, as a container may round', { encodedFrames: 121 }, null],
    ['is two frames shorter', { encodedFrames: 122 }, 'v0 lasts 4.000 s, and 4.067 s were encoded'],
    ['lost the end of one rung', { rungs: [rung('v0', 1, 1, 2), rung('v1', 1, 1)] }, 'v1 lasts 2.000 s, and'],
    [
      'is cut elsewhere on one rung',
      { rungs: [rung('v0', 1, 1, 2), rung('v1', 1, 2, 1)] },
      'v1 is not cut where v0 is',
    ],
    ['has a cut more on one rung', { rungs: [rung('v0', 1, 3), rung('v1', 1, 3, 0)] }, 'v1 is not cut where v0 is'],
    [
      'lost the end of a language',
      { sounds: [{ name: 'a1', seconds: 3.2 }] },
      'the sound a1 lasts 3.200 s, and the picture 4.000 s',
    ],
    ['has sound after its end', { sounds: [{ name: 'a1', seconds: 4.2 }] }, 'the sound a1 lasts 4.200 s'],
  ])('%s', (_, changes, wrong) => {
    const found = checkDurations({ ...made, ...changes });
    if (wrong === null) expect(found).toBeNull();
    else expect(found).toContain(wrong);
  });

  it('is shorter than the file says by more than a tenth of a second and a frame', () => {
    expect([3.9, 3.87, 3.86, 4.5].map((seconds) => isShorterThanProbed(seconds, 4, frameRate))).toEqual([
      false,
      false,
      true,
      false,
    ]);
  });
});
