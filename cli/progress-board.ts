/** A line for each file that is at work: redrawn on a terminal, told every few seconds elsewhere. */

const BAR_CHARS = 24;
const REDRAW_MS = 100;
const PLAIN_MS = 5_000;

type Stream = Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean };

export class ProgressBoard {
  readonly #stream: Stream;
  readonly #isQuiet: boolean;
  readonly #lines = new Map<string, string>();
  readonly #toldAt = new Map<string, number>();
  #drawnLines = 0;
  #drawnAt = 0;

  constructor(stream: Stream, isQuiet: boolean) {
    this.#stream = stream;
    this.#isQuiet = isQuiet;
  }

  /** `share` is 0 to 1; null where nobody knows. */
  show(name: string, what: string, share: number | null): void {
    const percent = share === null ? '' : `${String(Math.floor(share * 100)).padStart(3)} %`;
    if (this.#stream.isTTY === true) {
      this.#lines.set(name, `${bar(share ?? 0)} ${percent} ${name}: ${what}`);
      if (performance.now() - this.#drawnAt > REDRAW_MS) this.#draw();
    } else if (!this.#isQuiet && performance.now() - (this.#toldAt.get(name) ?? -PLAIN_MS) >= PLAIN_MS) {
      this.#toldAt.set(name, performance.now());
      this.#stream.write(`${name}: ${what}${percent === '' ? '' : `, ${percent.trim()}`}\n`);
    }
  }

  /** The file is done: its last word stays above the others. */
  end(name: string, outcome: string): void {
    if (this.#stream.isTTY === true) {
      this.#clear();
      this.#lines.delete(name);
    }
    if (this.#stream.isTTY === true || !this.#isQuiet) this.#stream.write(`${name}: ${outcome}\n`);
    if (this.#stream.isTTY === true) this.#draw();
  }

  #draw(): void {
    this.#clear();
    for (const line of this.#lines.values()) this.#stream.write(`${line}\n`);
    this.#drawnLines = this.#lines.size;
    this.#drawnAt = performance.now();
  }

  #clear(): void {
    if (this.#drawnLines > 0) this.#stream.write(`\u001b[${this.#drawnLines}A\u001b[J`);
    this.#drawnLines = 0;
  }
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_CHARS);
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_CHARS - full)}]`;
}
