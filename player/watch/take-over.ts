/**
 * Goes on where the page of `GET /watch/{episode}` began: hls.js takes over element, MediaSource and SourceBuffers, and
 * what came with the page is served to it from memory (notes/playback.md 2.2).
 */
import Hls, {
  ErrorTypes,
  Events,
  type FragmentLoaderContext,
  type HlsConfig,
  type Loader,
  type LoaderCallbacks,
  type LoaderConfiguration,
  type SourceBufferTrackSet,
} from 'hls.js';
import type { Boot } from '../start/boot.ts';

const boot = window.cliffhangerBoot;
if (boot !== undefined) void takeOver(boot);

async function takeOver(boot: Boot): Promise<void> {
  const { mediaSource, video, info } = boot;
  if (mediaSource !== null) await boot.whenDone;
  const files = wholeFiles(boot);
  const hls = new Hls({
    enableWorker: false,
    startFragPrefetch: true,
    testBandwidth: false,
    startPosition: 0,
    maxBufferSize: 1,
    maxBufferLength: 8,
    maxMaxBufferLength: 8,
    backBufferLength: 10,
    fLoader: fileLoader(files),
  });
  hls.on(Events.MANIFEST_PARSED, () => {
    const wanted = hls.levels.findIndex(({ uri }) => [...files.keys()].some((file) => isBeside(uri, file)));
    if (wanted !== -1) hls.startLevel = wanted;
  });
  hls.on(Events.ERROR, (_event, { fatal, type }) => {
    if (fatal && type === ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
  });
  const tracks = mediaSource === null || files.size === 0 ? null : tracksOf(boot);
  hls.loadSource(info.url);
  hls.attachMedia(tracks === null || mediaSource === null ? video : { media: video, mediaSource, tracks });
  hls.on(Events.BUFFER_CREATED, () => (document.documentElement.dataset['player'] = 'ready'));
}

/** Files that came to their end; none where one of them did not, for a part of a segment cannot be gone on with. */
function wholeFiles({ files, info }: Boot): Map<string, Uint8Array<ArrayBuffer>> {
  const whole = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [path, pieces] of Object.entries(files)) {
    if (pieces.at(-1) !== null) return new Map();
    const bytes = pieces.filter((piece) => piece !== null);
    const joined = new Uint8Array(bytes.reduce((sum, { byteLength }) => sum + byteLength, 0));
    let at = 0;
    for (const piece of bytes) {
      joined.set(piece, at);
      at += piece.byteLength;
    }
    whole.set(new URL(path, new URL(info.url, location.href)).href, joined);
  }
  return whole;
}

function tracksOf({ info, buffers }: Boot): SourceBufferTrackSet {
  const tracks = info.tracks.map(({ name, type }, index) => {
    const codec = /codecs="([^"]+)"/.exec(type)?.[1] ?? '';
    const container = type.slice(0, type.indexOf(';'));
    const buffer = buffers[index];
    const id = name === 'audio' ? 'audio' : 'main';
    return [name, { id, container, codec, levelCodec: codec, listeners: [], ...(buffer && { buffer }) }] as const;
  });
  return Object.fromEntries(tracks) as SourceBufferTrackSet;
}

function isBeside(uri: string, file: string): boolean {
  return new URL('.', uri).href === new URL('.', file).href;
}

type FragmentLoader = new (config: HlsConfig) => Loader<FragmentLoaderContext>;

/**
 * From memory what is there, as if it had taken its share of the time that the page took: from none at all hls.js would
 * make an estimate of gigabits. The rest comes from the network.
 */
function fileLoader(files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): FragmentLoader {
  const msPerByte = pageMs() / [...files.values()].reduce((sum, { byteLength }) => sum + byteLength, 1);
  const Network = Hls.DefaultConfig.loader as unknown as FragmentLoader;
  return class FileLoader extends Network {
    override load(
      context: FragmentLoaderContext,
      configuration: LoaderConfiguration,
      callbacks: LoaderCallbacks<FragmentLoaderContext>,
    ): void {
      const bytes = files.get(context.url);
      if (bytes === undefined || context.rangeEnd) return super.load(context, configuration, callbacks);
      this.context = context;
      const { stats } = this;
      stats.loading.end = performance.now();
      stats.loading.first = stats.loading.start = stats.loading.end - bytes.byteLength * msPerByte;
      stats.loaded = stats.total = bytes.byteLength;
      queueMicrotask(() => {
        if (!stats.aborted)
          callbacks.onSuccess({ url: context.url, data: bytes.slice().buffer, code: 200 }, stats, context, null);
      });
    }
  };
}

function pageMs(): number {
  const [page] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return (page?.responseEnd || performance.now()) - (page?.responseStart ?? 0);
}
