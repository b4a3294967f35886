import { useState } from 'preact/hooks';
import type { DropInput, Episode, Missing, Series } from '../../client/index.ts';
import { api } from '../data/api.ts';
import { listEpisodes } from '../data/catalog.ts';
import { useAction, useQuery } from '../data/use-query.ts';
import { Field } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TroubleNote } from '../ui/parts.tsx';
import { MissingList } from './drop-missing.tsx';

interface Props {
  readonly series: readonly Series[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Episodes of one series that go out at one time. What they lack is said before they are planned, and hinders nobody: there is time until then. */
export function DropForm({ series, onDone, onClose }: Props) {
  const [seriesId, setSeriesId] = useState(series[0]?.id ?? '');
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [at, setAt] = useState(tomorrow);
  const [missing, setMissing] = useState<readonly Missing[] | null>(null);
  const episodes = useQuery(seriesId === '' ? null : `drop-of-${seriesId}`, () => listEpisodes(seriesId));
  const waiting = (episodes.data ?? []).filter(({ publishedAt }) => publishedAt === null);
  const titles = new Map(waiting.map(({ id, number, title }) => [id, `${number}. ${title}`]));
  const action = useAction();
  const change = (next: readonly string[]): void => {
    setChosen(next);
    setMissing(null);
  };
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const body: DropInput = { at: new Date(at).toISOString(), episodes: [...chosen] };
    const isPlanned = await action.run(async () => {
      if (missing === null) {
        const report = await api.call('POST /v1/drops/preflight', { body });
        if (!report.ready) return setMissing(report.missing);
      }
      await api.call('POST /v1/drops', { body });
      onDone();
    });
    if (!isPlanned) setMissing(null);
  };
  return (
    <Dialog title="New drop" onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <div class="form-row">
          <Field label="Series">
            <select
              value={seriesId}
              required
              onChange={(event) => {
                setSeriesId(event.currentTarget.value);
                change([]);
              }}
            >
              {series.map(({ id, title }) => (
                <option key={id} value={id} selected={id === seriesId}>
                  {title}
                </option>
              ))}
            </select>
          </Field>
          <Field label="When, in your time zone">
            <input
              type="datetime-local"
              value={at}
              min={localTime(Date.now())}
              required
              onInput={(event) => setAt(event.currentTarget.value)}
            />
          </Field>
        </div>
        <Episodes waiting={waiting} isLoading={episodes.isLoading} chosen={chosen} onChange={change} />
        {missing !== null && <MissingList lead="They cannot go out as they are:" missing={missing} titles={titles} />}
        {episodes.trouble !== null && <TroubleNote trouble={episodes.trouble} />}
        {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
        <div class="dialog-foot">
          <button data-kind="primary" disabled={action.isBusy || chosen.length === 0}>
            {missing === null ? 'Plan it' : 'Plan it all the same'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Episodes({
  waiting,
  isLoading,
  chosen,
  onChange,
}: {
  readonly waiting: readonly Episode[];
  readonly isLoading: boolean;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  const toggle = (id: string): void =>
    onChange(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  return (
    <fieldset class="field">
      <legend>Episodes that are not published</legend>
      {!isLoading && waiting.length === 0 && <p class="soft">There are none: every episode of this series is out.</p>}
      <div class="checks">
        {waiting.map(({ id, number, title }) => (
          <label class="check" key={id}>
            <input type="checkbox" checked={chosen.includes(id)} onChange={() => toggle(id)} />
            {number}. {title}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

const DAY_MS = 86_400_000;

/** As the input has it: of the reader's own time zone, to the minute. */
function localTime(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function tomorrow(): string {
  return localTime(Math.ceil((Date.now() + DAY_MS) / 3_600_000) * 3_600_000);
}
