/** How near each rung is to the source at its own size, by ffmpeg's SSIM filter. */
import { execFileSync } from 'node:child_process';
import { encodeFiles } from '../transcoder/encode-files.ts';
import { ffmpegArgs } from '../transcoder/ffmpeg-args.ts';
import { withoutSoundChains, withoutStills } from './transcoder-candidates.ts';
import type { BenchSource } from './transcoder-source.ts';

/** By the rung's name, 0 to 1. `dir` holds what ffmpeg encoded. */
export function measureSsim({ plan, file, toolchain }: BenchSource, dir: string): ReadonlyMap<string, number> {
  const files = encodeFiles(plan, file, dir);
  const args = withoutStills(ffmpegArgs(plan, files, toolchain.toneMapping));
  const graph = withoutSoundChains(args[args.indexOf('-filter_complex') + 1] ?? '');
  const counted = 'setpts=N/TB/24';
  const compared = plan.rungs.map(
    ({ name }, n) => `[${name}]${counted}[r${n}];[${n + 1}:v]${counted}[e${n}];[e${n}][r${n}]ssim[s${n}]`,
  );
  const command = [
    ...['-hide_banner', '-nostats', '-itsoffset', (-plan.shiftSeconds).toFixed(6), '-i', file],
    ...files.rungs.flatMap((rung) => ['-i', rung.file]),
    ...['-filter_complex', [graph, ...compared].join(';')],
    ...plan.rungs.flatMap((_, n) => ['-map', `[s${n}]`]),
    ...['-f', 'null', '-'],
  ];
  const log = execFileSync('sh', ['-c', '"$0" "$@" 2>&1', toolchain.ffmpegPath, ...command], { encoding: 'utf8' });
  // Filters are numbered in the order of the graph, and report in the order in which they end.
  const found = [...log.matchAll(/\[Parsed_ssim_(\d+) @ .*All:([\d.]+)/g)]
    .sort((a, b) => Number(a[1]) - Number(b[1]))
    .map((match) => Number(match[2]));
  return new Map(plan.rungs.map(({ name }, n) => [name, found[n] ?? Number.NaN]));
}
