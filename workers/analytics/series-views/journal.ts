import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { JOURNAL_CHARS, JOURNAL_ROW_CHARS } from '../limits.ts';

/** What came in since the last fold: in storage, so that a crash loses nothing, and in memory, so that it is not read again. */
export class Journal {
  readonly #sql: SqlStorage;
  #messages: BeaconMessage[];
  #chars: number;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const rows = sql.exec<{ messages: string }>('SELECT messages FROM journal ORDER BY id').toArray();
    this.#messages = rows.flatMap(({ messages }) => JSON.parse(messages) as BeaconMessage[]);
    this.#chars = rows.reduce((sum, { messages }) => sum + messages.length, 0);
  }

  /** One row for many messages: a row written is what is paid for. */
  append(messages: readonly BeaconMessage[]): void {
    let row: string[] = [];
    let chars = 0;
    const write = (): void => {
      if (row.length > 0) this.#sql.exec('INSERT INTO journal (messages) VALUES (?)', `[${row.join(',')}]`);
      this.#chars += chars;
      [row, chars] = [[], 0];
    };
    for (const message of messages) {
      const text = JSON.stringify(message);
      if (chars + text.length > JOURNAL_ROW_CHARS) write();
      row.push(text);
      chars += text.length;
    }
    write();
    this.#messages.push(...messages);
  }

  messages(): readonly BeaconMessage[] {
    return this.#messages;
  }

  episodeIds(): ReadonlySet<string> {
    return new Set(this.#messages.flatMap(({ events }) => events.map(({ episodeId }) => episodeId)));
  }

  isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  isFull(): boolean {
    return this.#chars >= JOURNAL_CHARS;
  }

  /** Within the transaction that folds; `forget` follows once that is through. */
  clear(): void {
    this.#sql.exec('DELETE FROM journal');
  }

  /** Within a transaction: what these viewers told and nobody has folded yet. */
  remove(viewers: ReadonlySet<string>): void {
    const kept = this.#messages.filter(
      ({ viewer, previousViewer }) => !viewers.has(viewer) && !viewers.has(previousViewer),
    );
    if (kept.length === this.#messages.length) return;
    this.clear();
    this.forget();
    this.append(kept);
  }

  forget(): void {
    [this.#messages, this.#chars] = [[], 0];
  }
}
