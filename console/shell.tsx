import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ConsoleSession } from '../client/index.ts';
import { hrefOf, useRoute } from './router.ts';
import { applyTheme, storedTheme, THEMES, type Theme } from './theme.ts';
import { Segmented } from './ui/controls.tsx';
import { Icon, Mark, type IconName } from './ui/icons.tsx';

const PLACES: readonly { readonly title: string; readonly icon: IconName; readonly path: readonly string[] }[] = [
  { title: 'Overview', icon: 'overview', path: [] },
  { title: 'Series', icon: 'series', path: ['series'] },
  { title: 'Drops', icon: 'drops', path: ['drops'] },
  { title: 'Jobs', icon: 'jobs', path: ['jobs'] },
  { title: 'Alerts', icon: 'alerts', path: ['alerts'] },
  { title: 'Settings', icon: 'settings', path: ['settings'] },
];

/** An episode is found below its series. */
const WITHIN: Readonly<Record<string, string>> = { episodes: 'series' };

export function Shell({
  session,
  onSignOut,
  children,
}: {
  readonly session: ConsoleSession;
  readonly onSignOut: () => Promise<void>;
  readonly children: ComponentChildren;
}) {
  const [first = ''] = useRoute().path;
  const here = WITHIN[first] ?? first;
  const isOnline = useOnline();
  return (
    <>
      <button type="button" class="skip" onClick={() => document.querySelector<HTMLElement>('#main')?.focus()}>
        Skip to content
      </button>
      <div class="shell">
        <Side here={here} session={session} onSignOut={onSignOut} />
        <div>
          {!isOnline && (
            <p class="banner" role="status">
              You are offline. What you see is from before.
            </p>
          )}
          <main id="main" class="page" tabIndex={-1}>
            {children}
          </main>
        </div>
      </div>
    </>
  );
}

function Side({
  here,
  session,
  onSignOut,
}: {
  readonly here: string;
  readonly session: ConsoleSession;
  readonly onSignOut: () => Promise<void>;
}) {
  return (
    <header class="side">
      <Brand />
      <div class="topbar">
        <Brand />
        <div class="topbar-tools">
          <button type="button" data-kind="icon" aria-label="Sign out" onClick={() => void onSignOut()}>
            <Icon name="signOut" />
          </button>
        </div>
      </div>
      <nav class="nav" aria-label="Console">
        <ul>
          {PLACES.map(({ title, icon, path }) => (
            <li key={title}>
              <a href={hrefOf(path)} aria-current={(path[0] ?? '') === here ? 'page' : undefined}>
                <Icon name={icon} />
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="side-foot">
        <ThemeSwitch />
        <div class="small soft who">
          Signed in with
          <br />
          <strong>{session.label ?? (session.apiKeyId === 'root' ? 'the first key' : session.apiKeyId)}</strong>
        </div>
        <button type="button" onClick={() => void onSignOut()}>
          <Icon name="signOut" /> Sign out
        </button>
      </div>
    </header>
  );
}

function Brand() {
  return (
    <a class="brand" href={hrefOf([])}>
      <Mark />
      <span>
        Cliffhanger <small>console</small>
      </span>
    </a>
  );
}

const THEME_NAMES: Readonly<Record<Theme, string>> = { auto: 'Auto', light: 'Light', dark: 'Dark' };

export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  const choose = (chosen: Theme): void => {
    applyTheme(chosen);
    setTheme(chosen);
  };
  const options = THEMES.map((name) => [name, THEME_NAMES[name]] as const);
  return <Segmented label="Colours" options={options} value={theme} onChange={choose} />;
}

function useOnline(): boolean {
  const [isOnline, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const heard = (): void => setOnline(navigator.onLine);
    addEventListener('online', heard);
    addEventListener('offline', heard);
    return () => {
      removeEventListener('online', heard);
      removeEventListener('offline', heard);
    };
  }, []);
  return isOnline;
}
