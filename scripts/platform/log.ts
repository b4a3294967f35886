/** Leads what Miniflare and the Workers print into one callback, a line at a time. */
import { Log, LogLevel } from 'miniflare';

/** What Miniflare says and nobody can act on: printed only in its debug output. */
const NOISE = [/^(?:Updated and )?ready on http/i, /experimental/i];

export class MiniflareLog extends Log {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    super(LogLevel.WARN);
    this.#write = write;
  }

  override log(message: string): void {
    for (const line of message.split('\n')) {
      if (line.trim() !== '' && !NOISE.some((pattern) => pattern.test(line))) this.#write(line);
    }
  }
}

/** For what the Workers print with console.log and its like. */
export function structuredLogTo(write: (line: string) => void): (entry: { level: string; message: string }) => void {
  return ({ level, message }) => {
    for (const line of message.split('\n')) {
      if (line.trim() !== '') write(level === 'log' || level === 'info' ? line : `${level}: ${line}`);
    }
  };
}
