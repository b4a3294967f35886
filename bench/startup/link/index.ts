import type { Rig } from './link.ts';
import { openNamespaces, whyNoNamespaces } from './namespaces.ts';
import { openProxy } from './proxy.ts';

/** The truest link that this machine allows. `BENCH_LINK=proxy` asks for the other one. */
export function openRig(clients: number): Promise<Rig> {
  if (process.env['BENCH_LINK'] === 'proxy') return openProxy(clients, 'BENCH_LINK=proxy');
  const why = whyNoNamespaces();
  return why === null ? openNamespaces(clients) : openProxy(clients, why);
}
