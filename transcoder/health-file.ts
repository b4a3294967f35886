import { writeFileSync } from 'node:fs';
import { HEALTH_INTERVAL_MS } from './limits.ts';

/**
 * Touches a file while the event loop turns: a service without a port has no other sign of life. It says nothing of the
 * edge, as starting this service again does not mend that.
 */
export function touchHealthFile(file: string | null): void {
  if (file === null) return;
  const touch = (): void => writeFileSync(file, `${process.pid}\n`);
  touch();
  setInterval(touch, HEALTH_INTERVAL_MS).unref();
}
