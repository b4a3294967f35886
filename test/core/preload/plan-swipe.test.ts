import { expect, it } from 'vitest';
import { planSwipe } from '../../../core/preload/plan-swipe.ts';

it('a swipe ends every fetch but those of the episode now shown and of the one after it', () => {
  expect(planSwipe([0, 1, 2, 3], 1)).toEqual({ abort: [0, 3] });
});

it('a swipe back keeps the episode that was left: it is the next one now', () => {
  expect(planSwipe([0, 1, 2], -1)).toEqual({ abort: [1, 2] });
});

it('a jump to another episode ends them all', () => {
  expect(planSwipe([0, 1, 2], 7)).toEqual({ abort: [0, 1, 2] });
});
