import { listen } from './listen.ts';

/** The page comes and goes: hidden, shown, left, offline and back. */
export interface PageEvents {
  readonly onHide: () => void;
  readonly onShow: () => void;
  /** May be the last moment: only what fits into a beacon. Never `unload`, which phones don't fire. */
  readonly onLeave: () => void;
  readonly onOnline: () => void;
}

/** Returns how to stop following. */
export function followPage({ onHide, onShow, onLeave, onOnline }: PageEvents): () => void {
  const onVisibility = (): void => {
    if (document.visibilityState === 'hidden') onHide();
    else onShow();
  };
  const stopPage = listen(document, { visibilitychange: onVisibility });
  const stopWindow = listen(window, { pagehide: onLeave, online: onOnline });
  return () => {
    stopPage();
    stopWindow();
  };
}
