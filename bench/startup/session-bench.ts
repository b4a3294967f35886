import type { Options } from './options.ts';
export async function benchSession(_options: Options, _say: (line: string) => void): Promise<void> {}
