import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImagesReport, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { choosePosterStill, choosePreviewStart } from '#core/ladder/choose-stills.ts';
import { pictureWarnings, stillStatistics } from '#core/ladder/passages.ts';
import type { LadderPlan } from '#core/ladder/plan-ladder.ts';
import { planStills, storyboardVtt } from '#core/ladder/stills.ts';
import { thumbHash } from '#core/ladder/thumb-hash.ts';
import { writePoster } from './choose-poster.ts';
import type { EncodeFiles } from './encode-files.ts';
import { posterSize, THUMBNAIL } from './filter-graph.ts';
import { makePreviews } from './make-previews.ts';
import type { PackagedObject } from './package/package-rung.ts';
import type { Toolchain } from './toolchain.ts';

export interface ImagesRequest {
  readonly plan: LadderPlan;
  readonly files: EncodeFiles;
  readonly jobDir: string;
  readonly outputDir: string;
  readonly toolchain: Toolchain;
  readonly signal: AbortSignal;
}

export interface Images {
  readonly images: ImagesReport;
  readonly thumbhash: string;
  readonly objects: readonly PackagedObject[];
  readonly warnings: TranscodeResult['warnings'];
}

/** Everything beside the presentation, from the stills that the encode took: poster, storyboard, previews, placeholder. */
export async function makeImages(request: ImagesRequest): Promise<Images> {
  const { plan, files, jobDir, outputDir, toolchain, signal } = request;
  const stills = planStills(plan);
  const rgb = await readFile(files.stills);
  const bytesPerStill = THUMBNAIL.width * THUMBNAIL.height * 3;
  const statistics = stillStatistics(rgb, bytesPerStill);
  const best = choosePosterStill(statistics);
  const poster = await writePoster(best, jobDir, outputDir);
  const storyboard = await writeStoryboard(request);
  const startSeconds = choosePreviewStart(statistics, stills.intervalSeconds, plan.durationSeconds);
  const [rung] = plan.rungs;
  const rungFile = files.rungs[0]?.file ?? '';
  const { durationSeconds } = plan;
  const previews = await makePreviews({ toolchain, rung, rungFile, startSeconds, durationSeconds, outputDir, signal });

  const { columns, rows, count: tiles, tileWidth, tileHeight, intervalSeconds } = stills;
  const images: ImagesReport = {
    poster: posterSize(plan),
    storyboard: { columns, rows, tiles, tileWidth, tileHeight, intervalSeconds },
    ...previews.images,
  };
  // Frozen frames that the plan added at the end are told of there.
  const fromSource = statistics.slice(0, Math.ceil((plan.sourceFrameCount - stills.firstFrame) / stills.everyFrames));
  return {
    images,
    thumbhash: thumbhashOf(rgb.subarray(best.index * bytesPerStill, (best.index + 1) * bytesPerStill)),
    objects: [poster, ...storyboard, ...previews.objects],
    warnings: [...pictureWarnings(fromSource, stills.intervalSeconds), ...previews.warnings],
  };
}

function thumbhashOf(still: Uint8Array): string {
  return Buffer.from(thumbHash(still, THUMBNAIL.width, THUMBNAIL.height)).toString('base64');
}

async function writeStoryboard({ plan, files, outputDir }: ImagesRequest): Promise<readonly PackagedObject[]> {
  const image = join(outputDir, 'storyboard.jpg');
  await copyFile(files.storyboard, image);
  const vtt = Buffer.from(storyboardVtt(planStills(plan), plan.durationSeconds, 'storyboard.jpg'));
  await writeFile(join(outputDir, 'storyboard.vtt'), vtt);
  const { size } = await stat(image);
  return [
    { path: 'storyboard.jpg', sizeBytes: size },
    { path: 'storyboard.vtt', sizeBytes: vtt.length },
  ];
}
