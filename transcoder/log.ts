/** A field of a log line. Objects are left out on purpose: what is logged is named. */
export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

export type Log = (level: 'info' | 'warn' | 'error', message: string, fields?: LogFields) => void;

/** One JSON object a line on stderr, which is what log collectors read. */
export function createLog(base: LogFields, write: (line: string) => void = writeStderr): Log {
  return (level, message, fields = {}) => {
    const clean: Record<string, string | number | boolean | null> = {};
    for (const [name, value] of Object.entries({ ...base, ...fields })) {
      clean[name] = typeof value === 'string' ? redact(value) : value;
    }
    write(JSON.stringify({ at: new Date().toISOString(), level, message, ...clean }));
  };
}

/**
 * A presigned URL is a credential: its query string never reaches a log or a failure's detail. Nor do characters that
 * control a terminal or turn text around: ffmpeg repeats what an upload says.
 */
export function redact(text: string): string {
  return text
    .replaceAll(/(https?:\/\/[^\s?'"]+)\?[^\s'"]*/g, '$1?[redacted]')
    .replaceAll(/whsec_[A-Za-z0-9+/=]+/g, 'whsec_[redacted]')
    .replaceAll(/\p{Cc}|\p{Bidi_Control}/gu, (character) =>
      character === '\n' || character === '\t' ? character : ' ',
    );
}

function writeStderr(line: string): void {
  process.stderr.write(`${line}\n`);
}
