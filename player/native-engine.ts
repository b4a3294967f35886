/** The browser's own HLS, for the few without MSE. An unlock is a new source at the same position. */
import type { AudioOption, Engine, EngineContext, EngineSource } from './engine.ts';

export class NativeEngine implements Engine {
  readonly #context: EngineContext;
  readonly nextRungUrl = null;
  /** The browser's own menu has them. */
  readonly audioOptions: readonly AudioOption[] = [];
  readonly #onError = (): void => this.#context.onFailure('media', 'native');

  constructor(context: EngineContext, source: EngineSource) {
    this.#context = context;
    context.video.addEventListener('error', this.#onError);
    this.#open(source);
  }

  setActive(active: boolean): void {
    this.#context.video.preload = active ? 'auto' : 'metadata';
  }

  selectAudio(): void {}

  /** The browser decides. */
  setGoal(): void {}

  replace(source: EngineSource, goOn: boolean): void {
    const { video } = this.#context;
    const at = video.currentTime;
    this.#open(source);
    video.addEventListener(
      'loadedmetadata',
      () => {
        video.currentTime = at;
        // Refused without a gesture: the element stays paused, which the slide shows with its play glyph.
        if (goOn) void video.play().catch(() => undefined);
      },
      { once: true },
    );
  }

  destroy(): void {
    this.#context.video.removeEventListener('error', this.#onError);
    this.#context.video.removeAttribute('src');
    this.#context.video.load();
  }

  #open(source: EngineSource): void {
    this.#context.video.src = new URL(source.playback.url, this.#context.base).href;
  }
}
