import type { PlannedSound } from '#core/dubs/plan-sounds.ts';
import type { LeasedDub } from '#core/ingest/transcoder-protocol.ts';
import { isHttpUrl, isNumber, isRecord, isText, parseContentKey } from '../answer-fields.ts';

type Rung = LeasedDub['rungs'][number];
type Text = LeasedDub['texts'][number];
type StoredObject = LeasedDub['objects'][number];

/** Below the version's prefix, as our packager names things: what is written to our disk by it cannot climb. */
const OBJECT_PATH = /^([avt]\d{1,3}\/)?[a-z0-9]{1,16}\.(m3u8|mp4|m4s|vtt|jpg|webp)$/;
const FOLDER = /^[avt]\d{1,3}$/;

/** null where something is missing or of another type. */
export function parseLeasedDub(value: unknown): LeasedDub | null {
  if (!isRecord(value)) return null;
  const { language } = value;
  const segmentDurationsSeconds = listOf(value['segmentDurationsSeconds'], (each) => (isNumber(each) ? each : null));
  const rungs = listOf(value['rungs'], parseRung);
  const sounds = listOf(value['sounds'], parseSound);
  const texts = listOf(value['texts'], parseText);
  const objects = listOf(value['objects'], parseObject);
  const contentKey = parseContentKey(value['contentKey'] ?? null);
  if (!isText(language) || contentKey === undefined) return null;
  if (segmentDurationsSeconds === null || rungs === null || sounds === null || texts === null || objects === null)
    return null;
  return { language, segmentDurationsSeconds, rungs, sounds, texts, objects, contentKey };
}

function listOf<T>(value: unknown, parse: (each: unknown) => T | null): readonly T[] | null {
  if (!Array.isArray(value)) return null;
  const parsed = value.map((each: unknown) => parse(each));
  return parsed.every((each) => each !== null) ? parsed : null;
}

function parseRung(value: unknown): Rung | null {
  if (!isRecord(value)) return null;
  const { name, width, height, frameRate } = value;
  if (!isFolder(name) || !isNumber(width) || !isNumber(height) || !isNumber(frameRate)) return null;
  return { name, width, height, frameRate };
}

function parseSound(value: unknown): PlannedSound | null {
  if (!isRecord(value)) return null;
  const { from, language, label, isMachineGenerated } = value;
  if (!isText(from) || !isLanguage(language) || !isText(label) || typeof isMachineGenerated !== 'boolean') return null;
  return from === 'muxed' || from === 'dub' || isFolder(from) ? { from, language, label, isMachineGenerated } : null;
}

function parseText(value: unknown): Text | null {
  if (!isRecord(value)) return null;
  const { name, language, label, kind, isMachineGenerated } = value;
  if (!isFolder(name) || !isLanguage(language) || !isText(label) || typeof isMachineGenerated !== 'boolean')
    return null;
  return kind === 'subtitles' || kind === 'captions' ? { name, language, label, kind, isMachineGenerated } : null;
}

function parseObject(value: unknown): StoredObject | null {
  if (!isRecord(value)) return null;
  const { path, url, sizeBytes } = value;
  if (!isText(path) || !OBJECT_PATH.test(path) || !isHttpUrl(url) || !isNumber(sizeBytes)) return null;
  return { path, url, sizeBytes };
}

function isFolder(value: unknown): value is string {
  return isText(value) && FOLDER.test(value);
}

function isLanguage(value: unknown): value is string | null {
  return value === null || isText(value);
}
