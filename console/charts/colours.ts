/** A canvas knows no custom properties, and these follow the theme: asked of an element that has them. */
const NAMES = ['accent', 'info', 'warn', 'bad', 'line', 'soft', 'text', 'surface'] as const;
export type Colours = Readonly<Record<(typeof NAMES)[number], string>>;

export function coloursOf(within: HTMLElement): Colours {
  const probe = document.createElement('span');
  // For who wants less motion all transitions are of no length, and a colour that is asked for at once is the one before.
  probe.style.setProperty('transition', 'none', 'important');
  within.append(probe);
  const entries = NAMES.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries) as Colours;
}

export function faded(colour: string, alpha: number): string {
  return `color-mix(in srgb, ${colour} ${Math.round(alpha * 100)}%, transparent)`;
}
