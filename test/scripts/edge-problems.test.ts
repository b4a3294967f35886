import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '#core/problem/codes.ts';
import { EDGE_PROBLEMS } from '#core/problem/edge-problems.ts';
import { bundleWorker, WORKERS } from '../../scripts/platform/workers.ts';

/** Named where a challenge is chosen, and answered by the other Workers only. */
const NAMED_ONLY = new Set(['api-key-missing', 'insufficient-scope', 'signature-invalid']);

describe('the table of problems in the playback Worker', () => {
  it('has every code that its bundle can answer with', { timeout: 60_000 }, async () => {
    const [playback] = WORKERS;
    if (playback === undefined) throw new Error('no Worker');
    const bundle = readFileSync(path.join(await bundleWorker(playback), 'index.js'), 'utf8');
    const named = Object.keys(PROBLEMS).filter((code) => new RegExp(`["'\`]${code}["'\`]`).test(bundle));
    const answered = named.filter((code) => !NAMED_ONLY.has(code) && !(code in EDGE_PROBLEMS));
    expect(answered).toEqual([]);
    expect(named).toContain('pass-out-of-bounds');
  });
});
