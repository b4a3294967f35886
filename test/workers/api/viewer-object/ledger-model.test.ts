import { evictDurableObject } from 'cloudflare:test';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commands, runCommands, type Tested } from './support/commands.ts';
import { audit, newViewer, NOW_MS, type ViewerStub } from './support/viewer.ts';

/** Only an object that was woken can be put to sleep; what it had not stored is gone. */
async function crash(viewer: Tested): Promise<void> {
  await viewer.state({ episodeIds: [], nowMs: NOW_MS });
  await evictDurableObject(viewer as ViewerStub);
}

/** A thousand sequences in all (security.md LED-25), in parts, so that each says by itself that it holds. */
const PARTS = [1, 2, 3, 4, 5, 6, 7, 8];
const RUNS_PER_PART = 125;

describe('any sequence of credits, purchases, rentals, refunds, chargebacks, merges, retries, time and crashes', () => {
  test.concurrent.each(PARTS)(
    'leaves what a list of lots would leave: part %i',
    async () => {
      await fc.assert(
        fc.asyncProperty(commands(), async (steps) => {
          const viewers: ViewerStub[] = [];
          const make = (name: string): ViewerStub => {
            viewers.push(newViewer(name));
            return viewers.at(-1) as ViewerStub;
          };
          const { real } = await runCommands(make, crash, steps);
          expect(await audit(real.main as ViewerStub)).toEqual([]);
          expect(await audit(real.guest as ViewerStub)).toEqual([]);
          // Thousands that nobody asks any more would fill the memory, and all end at once, in the middle of other tests.
          for (const viewer of viewers) await evictDurableObject(viewer);
        }),
        { numRuns: RUNS_PER_PART, endOnFailure: true },
      );
    },
    600_000,
  );
});
