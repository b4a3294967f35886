import type { FileHandle } from 'node:fs/promises';
import { ok, type Result } from '#core/result.ts';
import type { JobFailure } from '../failure.ts';
import { sniffContainer } from '../sniff-container.ts';

const HEAD_BYTES = 12;

/** A film's container, or one of sound alone. A dub is told by its first bytes as any upload is. */
export async function sniffDub(file: FileHandle, sizeBytes: number): Promise<Result<unknown, JobFailure>> {
  const head = Buffer.alloc(Math.min(HEAD_BYTES, sizeBytes));
  await file.read(head, 0, head.length, 0);
  return isSound(head) ? ok(undefined) : sniffContainer(file, sizeBytes);
}

function isSound(head: Buffer): boolean {
  const text = head.toString('latin1');
  if (text.startsWith('RIFF') && text.slice(8) === 'WAVE') return true;
  if (text.startsWith('fLaC') || text.startsWith('ID3')) return true;
  // The sync word of MPEG audio and of ADTS. @see ISO/IEC 11172-3 2.4.1.3, ISO/IEC 14496-3 1.A.2.2.1
  return head.length === HEAD_BYTES && head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0;
}
