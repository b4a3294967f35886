import type { Retention } from './api.ts';
import { element } from './dom.ts';

const WIDTH = 140;
const HEIGHT = 34;

/** The retention curve, small: share of views that played each second. */
export function sparkline(retention: Retention): HTMLElement {
  const { views, curve, completionRate } = retention;
  if (views === 0) return element('span', { class: 'soft' }, 'no views yet');
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', `Retention of ${views} views, ${Math.round(completionRate * 100)} % to the end`);
  const last = Math.max(1, curve.length - 1);
  const points = curve.map(
    ({ atSeconds, share }) =>
      `${((atSeconds / last) * WIDTH).toFixed(1)},${(HEIGHT - share * (HEIGHT - 2)).toFixed(1)}`,
  );
  const area = document.createElementNS(svg.namespaceURI, 'polygon');
  area.setAttribute('points', `0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`);
  svg.append(area);
  const wrapper = element('span', { class: 'spark' });
  wrapper.append(svg, element('span', { class: 'soft' }, `${views} ${views === 1 ? 'view' : 'views'}`));
  return wrapper;
}
