import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import { JOURNAL_CHARS, JOURNAL_ROW_CHARS, MAX_JOURNAL_CHARS, MAX_REFUSED_ROWS } from '../limits.ts';

/** A row of it, without its messages: those are read when they are folded, so that a long journal is no memory. */
interface JournalRow {
  readonly id: number;
  readonly chars: number;
  readonly episodeIds: ReadonlySet<string>;
}

/** What came in since the last fold, in storage, so that a crash loses nothing. */
export class Journal {
  readonly #sql: SqlStorage;
  #rows: JournalRow[] = [];

  constructor(sql: SqlStorage, hear: (message: BeaconMessage) => void) {
    this.#sql = sql;
    // A row at a time.
    for (const { id } of sql.exec<{ id: number }>('SELECT id FROM journal ORDER BY id').toArray()) {
      const { chars, messages } = this.#read(id);
      this.#rows.push({ id, chars, episodeIds: episodesOf(messages) });
      for (const message of messages) hear(message);
    }
  }

  /** One row for many messages: a row written is what is paid for. */
  append(messages: readonly BeaconMessage[]): void {
    let row: BeaconMessage[] = [];
    let texts: string[] = [];
    let chars = 0;
    const write = (): void => {
      if (row.length > 0) this.#insert(row, `[${texts.join(',')}]`);
      [row, texts, chars] = [[], [], 0];
    };
    for (const message of messages) {
      const text = JSON.stringify(message);
      if (chars + text.length > JOURNAL_ROW_CHARS) write();
      row.push(message);
      texts.push(text);
      chars += text.length;
    }
    write();
  }

  /** The oldest rows, as many as are folded in one transaction. */
  next(): readonly number[] {
    let chars = 0;
    const count = this.#rows.findIndex((row) => (chars += row.chars) > JOURNAL_CHARS);
    return this.#rows.slice(0, count === -1 ? undefined : Math.max(1, count)).map(({ id }) => id);
  }

  messagesOf(ids: readonly number[]): BeaconMessage[] {
    return ids.flatMap((id) => this.#read(id).messages);
  }

  episodeIds(): ReadonlySet<string> {
    return new Set(this.#rows.flatMap(({ episodeIds }) => [...episodeIds]));
  }

  isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  isFull(): boolean {
    return this.#chars() >= JOURNAL_CHARS;
  }

  isOverfull(): boolean {
    return this.#chars() >= MAX_JOURNAL_CHARS;
  }

  /** Within the transaction that folds; `forget` follows once that is through. */
  clear(ids: readonly number[]): void {
    for (const id of ids) this.#sql.exec('DELETE FROM journal WHERE id = ?', id);
  }

  forget(ids: readonly number[]): void {
    this.#rows = this.#rows.filter(({ id }) => !ids.includes(id));
  }

  /** What could not be folded, even alone: the rows after it go on, and somebody can look at it. Within a transaction. */
  setAside(id: number, nowMs: number, reason: string): void {
    const insert = 'INSERT INTO refused (refused_at, reason, messages) SELECT ?, ?, messages FROM journal WHERE id = ?';
    this.#sql.exec(insert, nowMs, reason, id);
    this.#sql.exec('DELETE FROM refused WHERE id <= (SELECT MAX(id) FROM refused) - ?', MAX_REFUSED_ROWS);
    this.clear([id]);
  }

  /** Within a transaction: what these viewers told and nobody has folded yet, or could. */
  remove(viewers: ReadonlySet<string>): void {
    const isTheirs = ({ viewer, previousViewer }: BeaconMessage): boolean =>
      viewers.has(viewer) || viewers.has(previousViewer);
    for (const table of ['journal', 'refused'] as const) {
      for (const { id } of this.#sql.exec<{ id: number }>(`SELECT id FROM ${table}`).toArray()) {
        const { messages } = this.#read(id, table);
        const kept = messages.filter((message) => !isTheirs(message));
        if (kept.length < messages.length)
          this.#sql.exec(`UPDATE ${table} SET messages = ? WHERE id = ?`, JSON.stringify(kept), id);
      }
    }
  }

  #insert(messages: readonly BeaconMessage[], text: string): void {
    const { id } = this.#sql.exec<{ id: number }>('INSERT INTO journal (messages) VALUES (?) RETURNING id', text).one();
    this.#rows.push({ id, chars: text.length, episodeIds: episodesOf(messages) });
  }

  #read(id: number, table: 'journal' | 'refused' = 'journal'): { chars: number; messages: BeaconMessage[] } {
    const { messages } = this.#sql.exec<{ messages: string }>(`SELECT messages FROM ${table} WHERE id = ?`, id).one();
    return { chars: messages.length, messages: JSON.parse(messages) as BeaconMessage[] };
  }

  #chars(): number {
    return this.#rows.reduce((sum, { chars }) => sum + chars, 0);
  }
}

function episodesOf(messages: readonly BeaconMessage[]): ReadonlySet<string> {
  return new Set(messages.flatMap(({ events }) => events.map(({ episodeId }) => episodeId)));
}
