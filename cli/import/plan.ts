/** Which file becomes which episode, found out before anything is made or sent. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { CommandError } from '../command.ts';

const VIDEO = /\.(?:mp4|m4v|mov|mkv|webm|avi|ts|mpe?g)$/i;
/** `01.en.vtt`, `01 The letter.pt-BR.vtt`. */
const CAPTIONS = /^(.+)\.([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\.vtt$/i;

/** `01.es.m4a`, `01 The letter.pt-BR.wav`. */
const DUB = /^(.+)\.([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\.(?:m4a|aac|mp3|wav|flac|mka)$/i;

/** A file and the episode that it is to be. */
export interface Planned {
  readonly file: string;
  readonly number: number;
  readonly title: string;
  readonly captions: readonly InLanguage[];
  readonly dubs: readonly InLanguage[];
}

/** Beside a video, of one language. */
export interface InLanguage {
  readonly file: string;
  /** BCP 47. */
  readonly language: string;
}

export async function plan(source: string): Promise<Planned[]> {
  const found = await stat(source).catch(() => null);
  if (found === null) throw new CommandError(`${source}: no such file or folder.`);
  const names = found.isFile() ? [path.basename(source)] : (await readdir(source)).toSorted(byNumber);
  const folder = found.isFile() ? path.dirname(source) : source;
  const videos = found.isFile() ? names : names.filter((name) => VIDEO.test(name));
  if (videos.length === 0) throw new CommandError(`${source} has no video files.`);
  const planned = videos.map((name, index) => ({
    ...toEpisode(path.join(folder, name), index + 1),
    captions: besideOf(CAPTIONS, name, names, folder),
    dubs: besideOf(DUB, name, names, folder),
  }));
  refuseClashes(planned);
  return planned;
}

function refuseClashes(planned: readonly Planned[]): void {
  const clashes = [...Map.groupBy(planned, ({ number }) => number)].filter(([, files]) => files.length > 1);
  if (clashes.length === 0) return;
  const lines = clashes.map(
    ([number, files]) => `episode ${number}: ${files.map(({ file }) => path.basename(file)).join(', ')}`,
  );
  throw new CommandError(`Two files would be one episode; nothing was started.\n${lines.join('\n')}`);
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** `03 The letter.mp4`, `Ep 12 – Title.mov` and `the-heiress_e03.mp4` have a number; where none has, the order decides. */
export function toEpisode(file: string, place: number): Omit<Planned, 'captions' | 'dubs'> {
  const name = path.basename(file, path.extname(file));
  const [, digits, rest = ''] =
    /^(?:.*?[^0-9a-z])?(?:e|ep|episode)?[ ._-]?([0-9]{1,4})(?![0-9])(.*)$/i.exec(name) ?? [];
  const number = digits === undefined ? place : Number(digits);
  const title = rest
    .replaceAll(/[_-]+/g, ' ')
    .replace(/^[\s.:–—]+/, '')
    .trim();
  return { file, number, title: title === '' ? `Episode ${number}` : title };
}

/** Captions and dubs have the name of their video, or its number alone. */
function besideOf(form: RegExp, video: string, names: readonly string[], folder: string): InLanguage[] {
  const stem = path.basename(video, path.extname(video));
  const { number } = toEpisode(video, -1);
  return names.flatMap((name) => {
    const [, base = '', language = ''] = form.exec(name) ?? [];
    const isOurs = base === stem || (/^[0-9]+$/.test(base) && Number(base) === number);
    return isOurs ? [{ file: path.join(folder, name), language }] : [];
  });
}
