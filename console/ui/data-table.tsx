/** A table of rows of one kind: real headers, numbers to the right, sorted by whoever asks. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

export interface Column<Row> {
  readonly name: string;
  /** Said instead of `name` where that is short for the eye. */
  readonly help?: string;
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => ComponentChildren;
  /** Makes the column one that can be sorted by. null comes last either way. */
  readonly sortBy?: (row: Row) => number | string | null;
}

interface Sorting {
  readonly column: number;
  readonly isDown: boolean;
}

export function DataTable<Row>({
  caption,
  columns,
  rows,
  rowKey,
  sorted = null,
}: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly sorted?: Sorting | null;
}) {
  const [sorting, setSorting] = useState<Sorting | null>(sorted);
  const by = sorting === null ? undefined : columns[sorting.column]?.sortBy;
  const shown = by === undefined || sorting === null ? rows : rows.toSorted(comparing(by, sorting.isDown));
  return (
    // So that what is wider than a phone can be reached by keyboard too.
    <div class="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption class="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, at) => (
              <HeadCell
                key={column.name}
                column={column}
                direction={sorting?.column !== at ? null : sorting.isDown ? 'descending' : 'ascending'}
                onSort={() => setSorting({ column: at, isDown: sorting?.column === at ? !sorting.isDown : true })}
              />
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column, at) => {
                const kind = column.isNumber === true ? 'number' : undefined;
                return at === 0 ? (
                  <th key={column.name} scope="row" class={kind}>
                    {column.cell(row)}
                  </th>
                ) : (
                  <td key={column.name} class={kind}>
                    {column.cell(row)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function HeadCell<Row>({
  column,
  direction,
  onSort,
}: {
  readonly column: Column<Row>;
  readonly direction: 'ascending' | 'descending' | null;
  readonly onSort: () => void;
}) {
  const { name, help, isNumber, sortBy } = column;
  const label = name === '' ? <span class="visually-hidden">{help ?? 'Actions'}</span> : name;
  return (
    <th scope="col" class={isNumber === true ? 'number' : undefined} title={help} aria-sort={direction ?? undefined}>
      {sortBy === undefined ? (
        label
      ) : (
        <button type="button" class="sort" data-on={direction !== null} onClick={onSort}>
          {label}
          <span aria-hidden="true">{direction === null ? '↕' : direction === 'descending' ? '↓' : '↑'}</span>
        </button>
      )}
    </th>
  );
}

function comparing<Row>(by: (row: Row) => number | string | null, isDown: boolean) {
  return (a: Row, b: Row): number => {
    const [left, right] = [by(a), by(b)];
    if (left === null || right === null) return (left === null ? 1 : 0) - (right === null ? 1 : 0);
    const order =
      typeof left === 'string' || typeof right === 'string' ? String(left).localeCompare(String(right)) : left - right;
    return isDown ? -order : order;
  };
}

/** A share as a bar beside its number. */
export function ShareBar({ share, text }: { readonly share: number | null; readonly text: string }) {
  const width = `${Math.max(0, Math.min(1, share ?? 0)) * 100}%`;
  return (
    <span class="bar">
      <i aria-hidden="true">
        <b style={{ width }} />
      </i>
      {text}
    </span>
  );
}
