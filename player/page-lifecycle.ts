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
  document.addEventListener('visibilitychange', onVisibility);
  window.addEventListener('pagehide', onLeave);
  window.addEventListener('online', onOnline);
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    window.removeEventListener('pagehide', onLeave);
    window.removeEventListener('online', onOnline);
  };
}
