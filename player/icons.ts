/** Line icons on a 24 grid, drawn for this player. */

const SVG = 'http://www.w3.org/2000/svg';

const PATHS = {
  play: ['M8 5.2v13.6a.8.8 0 0 0 1.2.7l11-6.8a.8.8 0 0 0 0-1.4l-11-6.8A.8.8 0 0 0 8 5.2z'],
  pause: ['M7.5 5v14', 'M16.5 5v14'],
  replay: ['M4.5 12a7.5 7.5 0 1 0 2.4-5.5', 'M4 3.8v4.4h4.4'],
  lock: ['M6 11h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1z', 'M8 11V8a4 4 0 0 1 8 0v3'],
  coin: [
    'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17z',
    'M12 7.6l1.3 2.9 3.1.3-2.3 2.1.7 3.1-2.8-1.6L9.2 16l.7-3.1-2.3-2.1 3.1-.3z',
  ],
  muted: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z', 'M16 9.8l4.4 4.4', 'M20.4 9.8L16 14.2'],
  sound: ['M4 9.5v5h3.5L12 18.5v-13L7.5 9.5z', 'M15.5 9a4.2 4.2 0 0 1 0 6', 'M18 6.5a7.8 7.8 0 0 1 0 11'],
  grid: ['M4.5 4.5h6v6h-6z', 'M13.5 4.5h6v6h-6z', 'M4.5 13.5h6v6h-6z', 'M13.5 13.5h6v6h-6z'],
  offline: ['M3 9.2a13 13 0 0 1 18 0', 'M6.4 12.8a8 8 0 0 1 11.2 0', 'M9.7 16.3a3.3 3.3 0 0 1 4.6 0', 'M4 4l16 16'],
  alert: ['M12 4.2L21 19.4a.6.6 0 0 1-.5.9h-17a.6.6 0 0 1-.5-.9z', 'M12 10v4.4', 'M12 17.2v.1'],
  up: ['M6 14.5l6-6 6 6'],
  down: ['M6 9.5l6 6 6-6'],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  captions: [
    'M5 5.5h14a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 17V7A1.5 1.5 0 0 1 5 5.5z',
    'M10.5 10.6a2 2 0 1 0 0 2.8',
    'M17 10.6a2 2 0 1 0 0 2.8',
  ],
  more: ['M5.5 12v.1', 'M12 12v.1', 'M18.5 12v.1'],
  picture: ['M4 5.5h16v13H4z', 'M12.5 12h5v4h-5z'],
  check: ['M5 12.5l4.5 4.5L19 7.5'],
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(SVG, 'svg');
  for (const [key, value] of [
    ['viewBox', '0 0 24 24'],
    ['class', `icon icon-${name}`],
    ['aria-hidden', 'true'],
    ['focusable', 'false'],
  ] as const)
    svg.setAttribute(key, value);
  for (const data of PATHS[name]) {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', data);
    svg.append(path);
  }
  return svg;
}
