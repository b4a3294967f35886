/** Steps that show they are alive: a spinner with a note on a terminal, one plain line per step elsewhere. */

export interface Step {
  /** Shown beside the title while the step runs; off a terminal, at most every few seconds. */
  note(text: string): void;
}

/** Runs one piece of work under a title; the title's line says how long it took. */
export type RunStep = <T>(title: string, work: (step: Step) => Promise<T>) => Promise<T>;

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

/** How often a long step says something into a log file. */
const PLAIN_NOTE_MS = 15_000;

/** Below this a step's time is not worth reading. */
const WORTH_TELLING_MS = 100;

export const silentSteps: RunStep = (_title, work) => work({ note: () => undefined });

/** For programs whose output is read by people. */
export function stepsTo(stream: NodeJS.WriteStream): RunStep {
  return (title, work) => (stream.isTTY ? onTerminal(stream, title, work) : onPlainStream(stream, title, work));
}

async function onTerminal<T>(stream: NodeJS.WriteStream, title: string, work: (step: Step) => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  let note = '';
  let frame = 0;
  const draw = (): void => {
    stream.write(`\r\u001b[2K  ${FRAMES[frame++ % FRAMES.length]} ${title}${note === '' ? '' : `  ${note}`}`);
  };
  const timer = setInterval(draw, FRAME_MS);
  draw();
  try {
    const result = await work({ note: (text) => void (note = text) });
    stream.write(`\r\u001b[2K  ✓ ${title}${took(startedAt)}\n`);
    return result;
  } catch (error) {
    stream.write(`\r\u001b[2K  ✗ ${title}${took(startedAt)}\n`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}

async function onPlainStream<T>(
  stream: NodeJS.WriteStream,
  title: string,
  work: (step: Step) => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  let toldAt = startedAt;
  const note = (text: string): void => {
    if (performance.now() - toldAt < PLAIN_NOTE_MS) return;
    toldAt = performance.now();
    stream.write(`    ${title}: ${text}\n`);
  };
  try {
    const result = await work({ note });
    stream.write(`  ok ${title}${took(startedAt)}\n`);
    return result;
  } catch (error) {
    stream.write(`  failed: ${title}${took(startedAt)}\n`);
    throw error;
  }
}

function took(startedAt: number): string {
  const ms = performance.now() - startedAt;
  return ms < WORTH_TELLING_MS ? '' : ` (${(ms / 1000).toFixed(1)} s)`;
}
