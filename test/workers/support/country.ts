/** A country, which Cloudflare sets and a local platform does not: here the header `x-country` sets it. */
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';

/** For startPlatform's `adapt`. The front door only: what it hands on must keep the country. */
export function withCountry([front, ...others]: WorkerOptions[]): WorkerOptions[] {
  if (front === undefined) return others;
  const [main] = front['modules'] as [{ contents: string }];
  const modules = [
    { type: 'ESModule', path: 'country.js', contents: ENTRY },
    { type: 'ESModule', path: 'index.js', contents: main.contents },
  ];
  return [{ ...front, modules }, ...others];
}

const ENTRY = `
import product from './index.js';
export * from './index.js';

export default {
  ...product,
  fetch(request, env, ctx) {
    const country = request.headers.get('x-country');
    return product.fetch(country === null ? request : new Request(request, { cf: { country } }), env, ctx);
  },
};
`;
