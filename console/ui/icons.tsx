/** Drawn here, in one weight: a font or a sprite would be another file to load. */
const PATHS = {
  overview: 'M4 19V11M10 19V5M16 19v-6M21 19H3',
  series: 'M4 6h11v12H4zM18 8v8M21 10v4',
  drops: 'M4 6h16v14H4zM4 10h16M9 3v4M15 3v4',
  jobs: 'M5 12a7 7 0 0 1 12-5l2 2M19 12a7 7 0 0 1-12 5l-2-2M19 4v5h-5M5 20v-5h5',
  alerts: 'M6 17V11a6 6 0 1 1 12 0v6l1 1H5zM10 21h4',
  settings: 'M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4',
  signOut: 'M14 4H6v16h8M11 12h9M17 8l4 4-4 4',
  theme: 'M12 4a8 8 0 1 0 8 8 6 6 0 0 1-8-8z',
  empty: 'M4 13l3-8h10l3 8v6H4zM4 13h5l1 2h4l1-2h5',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h10v11H9zM5 15V4h10',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The player's own mark: an episode that ends before its end. */
export function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="9" fill="var(--accent-fill)" />
      <path d="M9 8v16M14 11v13M19 15v9M24 20v4" stroke="#fff" stroke-width="3" stroke-linecap="round" />
    </svg>
  );
}
