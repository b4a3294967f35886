/** Which key means what. Letters are shortcuts of the player's own; a page that writes text keeps its keys to itself. */
export type KeyAction =
  | 'next'
  | 'previous'
  | 'first'
  | 'last'
  | 'toggle-play'
  | 'toggle-sound'
  | 'toggle-captions'
  | 'seek-back'
  | 'seek-forward';

const ACTIONS: Readonly<Record<string, KeyAction>> = {
  arrowdown: 'next',
  pagedown: 'next',
  arrowup: 'previous',
  pageup: 'previous',
  home: 'first',
  end: 'last',
  ' ': 'toggle-play',
  k: 'toggle-play',
  m: 'toggle-sound',
  c: 'toggle-captions',
  arrowleft: 'seek-back',
  arrowright: 'seek-forward',
};

export function keyAction(event: KeyboardEvent): KeyAction | null {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  const path = event.composedPath();
  const isIn = (selector: string): boolean => path.some((node) => node instanceof Element && node.matches(selector));
  if (isIn('input, select, textarea, [contenteditable]')) return null;
  const action = ACTIONS[event.key.toLowerCase()] ?? null;
  // A button with the focus is what Space is for.
  return action === 'toggle-play' && event.key === ' ' && isIn('button, a[href], summary') ? null : action;
}
