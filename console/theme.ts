/** Dark or light: what the system says, unless somebody chose. */
export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const STORED_AS = 'cliffhanger-console-theme';
/** Charts paint their colours on a canvas, so they have to hear of it. */
export const THEME_CHANGED = 'themechanged';

export function storedTheme(): Theme {
  const stored = localStorage.getItem(STORED_AS);
  return THEMES.find((theme) => theme === stored) ?? 'auto';
}

export function applyTheme(theme: Theme): void {
  localStorage.setItem(STORED_AS, theme);
  document.documentElement.dataset['theme'] = theme;
  document.dispatchEvent(new Event(THEME_CHANGED));
}

export function onThemeChange(heard: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  document.addEventListener(THEME_CHANGED, heard);
  system.addEventListener('change', heard);
  return () => {
    document.removeEventListener(THEME_CHANGED, heard);
    system.removeEventListener('change', heard);
  };
}
