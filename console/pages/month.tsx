import { useState } from 'preact/hooks';
import type { Drop } from '../../client/index.ts';

const DAYS_IN_WEEK = 7;
/** Six weeks hold every month, and the grid does not jump. */
const DAYS_SHOWN = 42;

/** One month of drops. Days are the reader's own. */
export function Month({
  drops,
  titles,
}: {
  readonly drops: readonly Drop[];
  readonly titles: ReadonlyMap<string, string>;
}) {
  const today = new Date();
  const [offset, setOffset] = useState(0);
  const first = new Date(today.getFullYear(), today.getMonth() + offset, 1);
  const days = daysFrom(first);
  const name = first.toLocaleDateString(undefined, { month: 'long', year: 'numeric' });
  return (
    <>
      <div class="tools month-head">
        <button type="button" onClick={() => setOffset(offset - 1)}>
          Before
        </button>
        <h3 aria-live="polite">{name}</h3>
        <button type="button" onClick={() => setOffset(offset + 1)}>
          After
        </button>
      </div>
      <div class="month">
        {days.slice(0, DAYS_IN_WEEK).map((day) => (
          <div class="weekday" key={day.getDay()}>
            {day.toLocaleDateString(undefined, { weekday: 'short' })}
          </div>
        ))}
        {days.map((day) => (
          <div
            key={day.toDateString()}
            data-other={day.getMonth() !== first.getMonth()}
            data-today={day.toDateString() === today.toDateString()}
          >
            <span class="date">{day.getDate()}</span>
            {drops
              .filter((drop) => drop.state !== 'cancelled' && new Date(drop.at).toDateString() === day.toDateString())
              .map((drop) => (
                <DropMark key={drop.id} drop={drop} titles={titles} />
              ))}
          </div>
        ))}
      </div>
    </>
  );
}

function DropMark({ drop, titles }: { readonly drop: Drop; readonly titles: ReadonlyMap<string, string> }) {
  const names = drop.episodes.map((id) => titles.get(id) ?? id);
  const at = new Date(drop.at).toLocaleTimeString(undefined, { timeStyle: 'short' });
  const text = names.length === 0 ? 'Policies' : names.length === 1 ? names[0] : `${names.length} episodes`;
  return (
    <button
      type="button"
      class="drop-mark"
      title={names.join(', ')}
      onClick={() => document.getElementById(drop.id)?.scrollIntoView()}
    >
      {at} {text}
    </button>
  );
}

/** From the Monday on or before the first. */
function daysFrom(first: Date): Date[] {
  const back = (first.getDay() + DAYS_IN_WEEK - 1) % DAYS_IN_WEEK;
  return Array.from(
    { length: DAYS_SHOWN },
    (_, day) => new Date(first.getFullYear(), first.getMonth(), 1 - back + day),
  );
}
