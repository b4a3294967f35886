/** What ffmpeg's filters write beside the encode: as much of it as an upload can make them write. */
import { execFileSync } from 'node:child_process';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { chooseStreams } from '#core/ladder/choose-streams.ts';
import { DEFAULT_ENCODING_SETTINGS } from '#core/ladder/settings.ts';
import { analyseSource, parseAreas } from '../../transcoder/analyse-source.ts';
import { LADDER_LIMITS } from '../../transcoder/limits.ts';
import { probeSource } from '../../transcoder/probe-source.ts';
import { ffmpegBinaries, makeClip, patience, scratch, toolchainOf } from './clips.ts';

const { dir, remove } = scratch();
afterAll(remove);

const READ_ALONE = `
  const { readMeasurements } = await import(process.argv[1]);
  const before = process.resourceUsage().maxRSS;
  const lines = await readMeasurements(process.argv[2]);
  console.log(JSON.stringify({ lines: lines.length, grewKilobytes: process.resourceUsage().maxRSS - before }));
`;

it('measurements of hundreds of megabytes are not read, and take no memory', () => {
  const file = join(dir, 'large.txt');
  writeFileSync(file, '');
  truncateSync(file, 400 * 1024 * 1024);
  const module = fileURLToPath(new URL('../../transcoder/analyse-source.ts', import.meta.url));
  const args = ['--input-type=module', '--eval', READ_ALONE, module, file];
  const read: unknown = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  expect(read).toMatchObject({ lines: 0 });
  expect((read as { grewKilobytes: number }).grewKilobytes).toBeLessThan(50_000);
});

it('a source of more pictures a second than anybody films is measured 33 times a second at the most', async () => {
  const sourceFile = makeClip(dir, { seconds: 2, rate: 500, size: '64x64', extraArgs: ['-g', '1'] });
  const toolchain = await toolchainOf(ffmpegBinaries());
  const signal = patience();
  const probe = await probeSource({ ...toolchain, sourceFile, workDir: dir, signal });
  if (!probe.ok) throw new Error(probe.error.reason);
  const chosen = chooseStreams(probe.value, DEFAULT_ENCODING_SETTINGS, LADDER_LIMITS);
  if (!chosen.ok) throw new Error(chosen.error.reason);
  await analyseSource({ ffmpegPath: toolchain.ffmpegPath, sourceFile, jobDir: dir, chosen: chosen.value, signal });
  const areas = parseAreas(readFileSync(join(dir, 'areas.txt'), 'latin1').split('\n'));
  expect(areas.length).toBeGreaterThan(40);
  expect(areas.length).toBeLessThan(70);
});
