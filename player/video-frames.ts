/** Frames as they are presented: what a viewer sees, unlike `playing`, which comes before. */
import { listen } from './listen.ts';

export interface FrameWait {
  /** True when such a frame was shown, false when cancelled. */
  readonly shown: Promise<boolean>;
  cancel(): void;
}

/** Waits for a presented frame that `accept` takes, by its media time. */
export function onNextFrame(video: HTMLVideoElement, accept: (mediaTimeSeconds: number) => boolean): FrameWait {
  let finish: (shown: boolean) => void = () => undefined;
  let handle = 0;
  const shown = new Promise<boolean>((resolve) => {
    finish = resolve;
  });
  const watch = (): void => {
    handle = video.requestVideoFrameCallback((_now, frame) => {
      if (accept(frame.mediaTime)) finish(true);
      else watch();
    });
  };
  const onTime = (): void => {
    if (accept(video.currentTime)) finish(true);
  };
  // Firefox before 132 has no frame callbacks: a tick of the playhead is the next best sign.
  const hasFrameCallbacks = typeof video.requestVideoFrameCallback === 'function';
  if (hasFrameCallbacks) watch();
  else video.addEventListener('timeupdate', onTime);
  const cancel = (): void => {
    if (hasFrameCallbacks) video.cancelVideoFrameCallback(handle);
    video.removeEventListener('timeupdate', onTime);
    finish(false);
  };
  void shown.then(() => video.removeEventListener('timeupdate', onTime));
  return { shown, cancel };
}

/** Calls back on each animation frame while pictures move, not before the first: a start needs the CPU. Returns how to stop. */
export function whilePlaying(video: HTMLVideoElement, onFrame: () => void): () => void {
  let handle = 0;
  const step = (): void => {
    onFrame();
    handle = video.paused ? 0 : requestAnimationFrame(step);
  };
  const begin = (): void => {
    if (handle === 0) handle = requestAnimationFrame(step);
  };
  const unlisten = listen(video, { playing: begin, seeked: onFrame });
  if (!video.paused && video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA) begin();
  return () => {
    cancelAnimationFrame(handle);
    unlisten();
  };
}
