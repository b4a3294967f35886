/** An edge of heads and their rests alone, for what is under the player: one rung, one segment, no browser. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { PlaybackWire } from '../../../core/catalog/feed-wire.ts';
import { encodeStartHeader } from '../../../core/start/header.ts';
import { Bandwidth } from '../../../player/bandwidth.ts';
import { EpisodeMedia } from '../../../player/start/episode-media.ts';
import type { MediaStore } from '../../../player/start/media-store.ts';

export const HEAD_BYTES = 1_000;

export class StartServer {
  /** Path and Range. */
  readonly asked: string[] = [];
  readonly bandwidth = new Bandwidth({ storage: null, hintBps: 4_000_000, wallMs: () => 0 });
  segmentBytes = 5_000;
  startsHang = false;
  /** As a pass that has lapsed is. */
  refuses = false;
  /** How what follows a head is answered. */
  rest: 'whole' | 'broken' | 'hanging' = 'whole';
  readonly #server: Server = createServer(({ url = '', headers }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://edge');
    this.asked.push([pathname.replace(/^\/m\/pass\//, ''), headers.range].filter(Boolean).join(' '));
    if (this.refuses) response.writeHead(403).end();
    else if (!pathname.endsWith('/start')) this.#segment(headers.range, response);
    else if (!this.startsHang) this.#start(searchParams.get('head') === '1', response);
  });

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  root(name: string): string {
    const address = this.#server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    return `http://127.0.0.1:${port}/m/pass/${name}/1`;
  }

  /** Encrypted ones have no head. */
  playback(name: string, { isEncrypted = false }: { readonly isEncrypted?: boolean } = {}): PlaybackWire {
    const root = this.root(name);
    const key = isEncrypted ? '#EXT-X-KEY:METHOD=AES-128,URI="key"\n' : '';
    return {
      url: `${root}/multivariant.m3u8`,
      expiresAt: '2030-01-01T00:00:00Z',
      playableSeconds: 1,
      posterUrl: `${root}/poster.jpg`,
      startUrl: `${root}/{rendition}/start`,
      inits: {},
      playlists: {
        [`${root}/multivariant.m3u8`]: `#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=${BANDWIDTH_BPS},RESOLUTION=360x640,CODECS="avc1.4d401f"\nv0/media.m3u8\n`,
        [`${root}/v0/media.m3u8`]: `#EXTM3U\n#EXT-X-TARGETDURATION:1\n${key}#EXTINF:1.000,\n0.m4s\n#EXT-X-ENDLIST\n`,
      },
    };
  }

  media(name: string, store: MediaStore, more: { readonly isEncrypted?: boolean } = {}): EpisodeMedia {
    return new EpisodeMedia(this.playback(name, more), {
      base: this.root(name),
      store,
      bandwidth: this.bandwidth,
      viewportPx: () => 360,
      query: () => '',
      onNetworkBytes: () => undefined,
    });
  }

  #start(isHead: boolean, response: ServerResponse): void {
    const sizeBytes = isHead ? HEAD_BYTES : this.segmentBytes;
    const path = 'v0/0.m4s';
    response.write(encodeStartHeader([{ path, sizeBytes, ...(isHead && { ofBytes: this.segmentBytes }) }]));
    response.end(Buffer.alloc(sizeBytes));
  }

  #segment(range: string | undefined, response: ServerResponse): void {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (from > 0 && this.rest === 'hanging') return;
    if (from > 0 && this.rest === 'broken') return void response.destroy();
    response.writeHead(from > 0 ? 206 : 200).end(Buffer.alloc(this.segmentBytes - from));
  }
}

export const BANDWIDTH_BPS = 800_000;
