import { describe, expect, test } from 'vitest';
import { preflight, type DropPlan } from '#core/catalog/preflight.ts';

const READY = { id: 'ep_1', number: 1, state: 'ready', captionLanguages: ['en', 'es'] } as const;
const PLAN: DropPlan = {
  episodeIds: ['ep_1'],
  policies: [],
  requireCaptionLanguages: [],
  episodes: new Map([['ep_1', READY]]),
  hasTarget: () => true,
};

describe('what a drop lacks', () => {
  test('is nothing when every episode plays and every target is there', () => {
    expect(preflight({ ...PLAN, policies: [{ scope: 'series', id: 'ser_1' }] })).toEqual([]);
    expect(preflight({ ...PLAN, episodes: new Map([['ep_1', { ...READY, state: 'published' }]]) })).toEqual([]);
  });

  test.each(['draft', 'processing', 'failed'] as const)('is the version of an episode that is %s', (state) => {
    expect(preflight({ ...PLAN, episodes: new Map([['ep_1', { ...READY, state }]]) })).toEqual([
      { code: 'not-transcoded', episodeId: 'ep_1', state },
    ]);
  });

  test('is the languages without captions, and everything else at once', () => {
    const plan = {
      ...PLAN,
      episodeIds: ['ep_0', 'ep_1'],
      requireCaptionLanguages: ['es', 'pt', 'de'],
      policies: [{ scope: 'season', id: 'sea_9' } as const],
      hasTarget: () => false,
    };
    expect(preflight(plan)).toEqual([
      { code: 'episode-not-found', episodeId: 'ep_0' },
      { code: 'captions-missing', episodeId: 'ep_1', languages: ['pt', 'de'] },
      { code: 'policy-target-not-found', scope: 'season', id: 'sea_9' },
    ]);
  });
});
