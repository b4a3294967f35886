/** The pieces that every page is made of. */
import type { ComponentChildren } from 'preact';
import type { Trouble } from '../data/api.ts';
import type { Query } from '../data/use-query.ts';
import { Icon, type IconName } from './icons.tsx';

export function Card({
  title,
  note,
  tools,
  children,
  isBare = false,
}: {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly tools?: ComponentChildren;
  readonly children: ComponentChildren;
  /** For a table, which has its own padding. */
  readonly isBare?: boolean;
}) {
  return (
    <section class="card">
      <div class="card-head">
        <div>
          <h2>{title}</h2>
          {note !== undefined && <p>{note}</p>}
        </div>
        {tools !== undefined && <div class="tools">{tools}</div>}
      </div>
      {isBare ? children : <div class="card-body">{children}</div>}
    </section>
  );
}

export interface TileProps {
  readonly label: string;
  readonly value: string;
  readonly note?: ComponentChildren;
  /** The definition, for who wonders. */
  readonly help?: string;
}

export function Tiles({ items }: { readonly items: readonly TileProps[] }) {
  return (
    <dl class="tiles" style={{ '--columns': columnsFor(items.length) }}>
      {items.map(({ label, value, note, help }) => (
        <div class="tile" key={label} title={help}>
          <dt>{label}</dt>
          <dd class="value">{value}</dd>
          {note !== undefined && <dd class="note">{note}</dd>}
        </div>
      ))}
    </dl>
  );
}

/** Full rows: six in one, eight in two. */
function columnsFor(length: number): number {
  return length > 6 ? Math.ceil(length / 2) : length;
}

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'plain';

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ComponentChildren }) {
  return (
    <span class="badge" data-tone={tone}>
      {children}
    </span>
  );
}

export function Empty({
  icon = 'empty',
  title,
  children,
}: {
  readonly icon?: IconName;
  readonly title: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <strong>{title}</strong>
      <p>{children}</p>
    </div>
  );
}

export function TroubleNote({ trouble, onRetry }: { readonly trouble: Trouble; readonly onRetry?: () => void }) {
  return (
    <div class="note-box" data-tone="bad" role="alert">
      <strong>{trouble.title}</strong>
      <span>{trouble.detail}</span>
      <div class="tools small">
        {onRetry !== undefined && (
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        )}
        {trouble.code !== null && (
          <a href={`/errors/${trouble.code}`} target="_blank" rel="noreferrer">
            About “{trouble.code}”
          </a>
        )}
      </div>
    </div>
  );
}

export function Skeleton({ height = 120, label = 'Loading' }: { readonly height?: number; readonly label?: string }) {
  return (
    <div class="skeleton" role="status" style={{ height: `${height}px` }}>
      <span class="visually-hidden">{label}</span>
    </div>
  );
}

/** Waiting, failed, or there. What was there stays while something fails. */
export function Loaded<T>({
  query,
  height,
  children,
}: {
  readonly query: Query<T>;
  readonly height?: number;
  readonly children: (data: T) => ComponentChildren;
}) {
  const { data, trouble, reload } = query;
  return (
    <>
      {trouble !== null && <TroubleNote trouble={trouble} onRetry={reload} />}
      {data !== null && children(data)}
      {data === null && trouble === null && <Skeleton {...(height === undefined ? {} : { height })} />}
    </>
  );
}
