/** An hls.js `pLoader` that answers from a `PlaylistSource`, and from the network where the source has no text. */
import type {
  HlsConfig,
  Loader,
  LoaderCallbacks,
  LoaderConfiguration,
  LoaderStats,
  PlaylistLoaderContext,
} from 'hls.js';
import type { PlaylistSource } from './playlist-source.ts';
import { emptyStats } from './start/loader-stats.ts';

type PlaylistLoaderClass = new (config: HlsConfig) => Loader<PlaylistLoaderContext>;

export function playlistLoaderFor(source: PlaylistSource): PlaylistLoaderClass {
  return class PlaylistLoader implements Loader<PlaylistLoaderContext> {
    context: PlaylistLoaderContext | null = null;
    readonly stats: LoaderStats = emptyStats();
    readonly #abort = new AbortController();

    load(
      context: PlaylistLoaderContext,
      configuration: LoaderConfiguration,
      callbacks: LoaderCallbacks<PlaylistLoaderContext>,
    ): void {
      this.context = context;
      this.stats.loading.start = performance.now();
      const { url, text } = source.resolve(context.url);
      if (text === null) void this.#fetch(url, context, configuration, callbacks);
      else {
        // Not at once: hls.js still tells its other parts that loading began, and they would reset what came too early.
        queueMicrotask(() => {
          if (!this.stats.aborted) this.#answer(url, text, context, callbacks);
        });
      }
    }

    abort(): void {
      this.stats.aborted = true;
      this.#abort.abort();
    }

    destroy(): void {
      this.abort();
      this.context = null;
    }

    async #fetch(
      url: string,
      context: PlaylistLoaderContext,
      configuration: LoaderConfiguration,
      callbacks: LoaderCallbacks<PlaylistLoaderContext>,
    ): Promise<void> {
      const timeout = AbortSignal.timeout(configuration.loadPolicy.maxLoadTimeMs);
      try {
        const response = await fetch(url, { signal: AbortSignal.any([this.#abort.signal, timeout]) });
        const text = await response.text();
        if (this.stats.aborted) return;
        if (response.ok) this.#answer(response.url, text, context, callbacks);
        else callbacks.onError({ code: response.status, text: response.statusText }, context, null, this.stats);
      } catch {
        if (this.stats.aborted) return;
        if (timeout.aborted) callbacks.onTimeout(this.stats, context, null);
        else callbacks.onError({ code: 0, text: 'network' }, context, null, this.stats);
      }
    }

    #answer(
      url: string,
      text: string,
      context: PlaylistLoaderContext,
      callbacks: LoaderCallbacks<PlaylistLoaderContext>,
    ): void {
      const now = performance.now();
      this.stats.loading.first = now;
      this.stats.loading.end = now;
      this.stats.loaded = this.stats.total = text.length;
      callbacks.onSuccess({ url, data: text, code: 200 }, this.stats, context, null);
    }
  };
}
