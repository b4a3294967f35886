import type { TranscodeFailure, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { err, ok, type Result } from '#core/result.ts';

/** Objects asked for at a time: a Worker waits for six connections at most. */
const PARALLEL_HEADS = 6;

/** Trusts nothing that was reported: every object must be there with the size it was said to have. */
export async function verifyVersion(
  media: R2Bucket,
  prefix: string,
  result: TranscodeResult,
): Promise<Result<{ sizeBytes: number }, TranscodeFailure>> {
  const required = requiredPaths(result);
  const sizes = new Map(result.objects.map((object) => [object.path, object.sizeBytes]));
  const missing = required.find((path) => !sizes.has(path));
  if (missing !== undefined) return incomplete(`${missing} was not reported.`);
  for (let start = 0; start < result.objects.length; start += PARALLEL_HEADS) {
    const group = result.objects.slice(start, start + PARALLEL_HEADS);
    const heads = await Promise.all(group.map((object) => media.head(prefix + object.path)));
    for (const [index, object] of group.entries()) {
      const stored = heads[index];
      if (!stored) return incomplete(`${object.path} is not in the bucket.`);
      if (stored.size !== object.sizeBytes)
        return incomplete(`${object.path} has ${stored.size} bytes in the bucket, not ${object.sizeBytes}.`);
    }
  }
  return ok({ sizeBytes: result.objects.reduce((total, object) => total + object.sizeBytes, 0) });
}

/** What a version must have for every pass of ours to find what it covers. */
function requiredPaths(result: TranscodeResult): string[] {
  const segments = result.segmentDurationsSeconds.map((_, number) => `${number}.m4s`);
  const perRung = result.renditions.flatMap(({ name }) =>
    ['media.m3u8', 'init.mp4', ...segments].map((file) => `${name}/${file}`),
  );
  const captions = result.segmentDurationsSeconds.map((_, number) => `${number}.vtt`);
  const perLanguage = (result.audioTracks ?? []).flatMap(({ name }) =>
    ['media.m3u8', 'init.mp4', ...segments].map((file) => `${name}/${file}`),
  );
  const perText = (result.textTracks ?? []).flatMap(({ name }) =>
    ['media.m3u8', ...captions].map((file) => `${name}/${file}`),
  );
  return ['multivariant.m3u8', 'poster.jpg', ...perRung, ...perLanguage, ...perText];
}

function incomplete(detail: string): Result<never, TranscodeFailure> {
  return err({
    code: 'output-incomplete',
    detail: `What the transcoder wrote is not whole: ${detail}`,
    retryable: true,
  });
}
