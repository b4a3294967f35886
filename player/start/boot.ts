/**
 * The script that `GET /watch/{episode}` carries in its page: shows the first frame out of what arrives with the HTML,
 * then has the player loaded, which takes the element over (player/watch/take-over.ts). It stands in every page, so it is
 * kept near 1 KB and imports nothing.
 */

export interface BootInfo {
  /** The Multivariant Playlist under the pass. */
  readonly url: string;
  /** What comes with the page; empty where nothing does, as of encrypted episodes. */
  readonly tracks: readonly { readonly name: 'audiovideo' | 'audio' | 'video'; readonly type: string }[];
  readonly poster: string;
  /** The player. */
  readonly script: string;
}

export interface Boot {
  readonly info: BootInfo;
  readonly video: HTMLVideoElement;
  /** null where the player has to start by itself. */
  readonly mediaSource: MediaSource | null;
  readonly buffers: SourceBuffer[];
  /** What has arrived, by path; `null` behind the last piece of a file. */
  readonly files: Record<string, (Uint8Array<ArrayBuffer> | null)[]>;
  /** The page has ended and everything is appended. */
  readonly whenDone: Promise<void>;
}

declare global {
  interface Window {
    cliffhangerBoot?: Boot;
    start?: typeof start;
  }
}

type Push = (track?: number, path?: string, base64?: string) => void;

function start(info: BootInfo | null): Push {
  // Nothing of a locked episode plays.
  if (info === null) return () => {};
  const video = document.querySelector('video') as HTMLVideoElement;
  const Source = info.tracks.every(({ type }) => window.MediaSource?.isTypeSupported(type)) ? window.MediaSource : null;
  const mediaSource = Source && info.tracks.length > 0 ? new Source() : null;
  const buffers: SourceBuffer[] = [];
  const queues: Uint8Array<ArrayBuffer>[][] = info.tracks.map(() => []);
  const files: Boot['files'] = {};
  let isOver = false;
  let done = (): void => {};
  const whenDone = new Promise<void>((resolve) => (done = resolve));
  window.cliffhangerBoot = { info, video, mediaSource, buffers, files, whenDone };

  let isLoading = false;
  const load = (): void => {
    if (isLoading) return;
    isLoading = true;
    const script = document.createElement('script');
    Object.assign(script, { type: 'module', src: info.script, fetchPriority: 'low' });
    document.head.append(script);
  };

  const pump = (): void => {
    for (const [track, buffer] of buffers.entries()) {
      const next = buffer.updating ? undefined : queues[track]?.shift();
      if (next) buffer.appendBuffer(next);
    }
    const isIdle = queues.every((queue) => queue.length === 0) && buffers.every(({ updating }) => !updating);
    if (isOver && isIdle && buffers.length === info.tracks.length) done();
  };

  if (mediaSource === null) {
    // iPhones play HLS by themselves. Elsewhere the player does it better.
    if (window.MediaSource === undefined) video.src = info.url;
    else load();
    return () => {};
  }
  mediaSource.addEventListener('sourceopen', () => {
    for (const { type } of info.tracks) {
      const buffer = mediaSource.addSourceBuffer(type);
      buffer.addEventListener('updateend', pump);
      buffers.push(buffer);
    }
    pump();
  });
  video.src = URL.createObjectURL(mediaSource);
  // What would be shown for a moment only is not to take the line from what is waited for.
  const posterTimer = setTimeout(() => Object.assign(video, { poster: info.poster, controls: true }), 1_500);
  const shown = (): void => {
    clearTimeout(posterTimer);
    // Not in the page: browsers build theirs before they read on.
    video.controls = true;
    performance.mark('first-frame');
    load();
  };
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(shown);
  else video.addEventListener('loadeddata', shown);

  return (track, path = '', base64) => {
    if (track === undefined) {
      isOver = true;
      // A page in the background shows no frame, and is to play when it comes to the front.
      setTimeout(load, 3_000);
    } else if (base64 === undefined) {
      files[path]?.push(null);
    } else {
      const binary = atob(base64);
      // A loop: `Uint8Array.from` with a function takes 50 ms for a first picture.
      const bytes = new Uint8Array(binary.length);
      for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
      (files[path] ??= []).push(bytes);
      queues[track]?.push(bytes);
    }
    pump();
  };
}

window.start = start;
