/**
 * What fingers and mice say to the picture. Swiping is the browser's: `touch-action: pan-y` hands vertical movement to the
 * scroller, which cancels the pointer here.
 */
import { DOUBLE_TAP_MS, HOLD_MS, TAP_SLOP_PX } from '../limits.ts';

export interface GestureActions {
  readonly onTap: () => void;
  readonly onDoubleTap: (side: 'left' | 'right') => void;
  readonly onHold: (isHeld: boolean) => void;
}

export function listenForGestures(target: HTMLElement, { onTap, onDoubleTap, onHold }: GestureActions): void {
  let start: { readonly x: number; readonly y: number } | null = null;
  let isHeld = false;
  let holdTimer: ReturnType<typeof setTimeout> | undefined;
  /** Set while a first tap waits to be the first of two. */
  let tapTimer: ReturnType<typeof setTimeout> | undefined;

  const letGo = (): void => {
    clearTimeout(holdTimer);
    start = null;
    if (isHeld) onHold(false);
    isHeld = false;
  };

  target.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    start = { x: event.clientX, y: event.clientY };
    holdTimer = setTimeout(() => {
      isHeld = true;
      onHold(true);
    }, HOLD_MS);
  });
  target.addEventListener('pointermove', ({ clientX, clientY }) => {
    if (start !== null && !isHeld && Math.hypot(clientX - start.x, clientY - start.y) > TAP_SLOP_PX) letGo();
  });
  target.addEventListener('pointerup', (event) => {
    const wasTap = start !== null && !isHeld;
    letGo();
    if (!wasTap) return;
    if (tapTimer === undefined) {
      tapTimer = setTimeout(() => {
        tapTimer = undefined;
        onTap();
      }, DOUBLE_TAP_MS);
      return;
    }
    clearTimeout(tapTimer);
    tapTimer = undefined;
    const { left, width } = target.getBoundingClientRect();
    onDoubleTap(event.clientX < left + width / 2 ? 'left' : 'right');
  });
  target.addEventListener('pointercancel', letGo);
  target.addEventListener('pointerleave', letGo);
  // A long press is "faster" here, not "save the picture".
  target.addEventListener('contextmenu', (event) => event.preventDefault());
}
