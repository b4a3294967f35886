/** Which period, which part of the audience, and against what. */
import { DIMENSIONS, qoeOf, type DimensionName, type Subject } from '../data/analytics.ts';
import { PERIODS, setPeriod, type View } from '../data/period.ts';
import { useQuery } from '../data/use-query.ts';
import { count, dimensionValue } from '../format.ts';
import { setQuery } from '../router.ts';
import { Segmented, Select } from './controls.tsx';

export function PeriodPicker({ view }: { readonly view: View }) {
  return <Segmented label="Period" options={PERIODS} value={view.period} onChange={setPeriod} />;
}

const EVERYBODY = '';

export function SegmentPicker({ view, subject }: { readonly view: View; readonly subject: Subject }) {
  return (
    <PartPicker
      label="Audience"
      first={[[EVERYBODY, 'Everybody']]}
      subject={subject}
      view={view}
      value={view.segment ?? EVERYBODY}
      onChange={(segment) => setQuery({ segment: segment === EVERYBODY ? null : segment })}
    />
  );
}

const AGAINST_NOTHING: readonly (readonly [string, string])[] = [
  [EVERYBODY, 'Compare with …'],
  ['previous', 'The period before'],
];

export function ComparePicker({ view, subject }: { readonly view: View; readonly subject: Subject }) {
  return (
    <PartPicker
      label="Compare with"
      first={AGAINST_NOTHING}
      subject={subject}
      view={view}
      value={view.against ?? EVERYBODY}
      onChange={(against) => setQuery({ against: against === EVERYBODY ? null : against })}
    />
  );
}

/** `country:DE` in words. */
export function partText(part: string): string {
  if (part === 'previous') return 'The period before';
  const colon = part.indexOf(':');
  return dimensionValue(part.slice(0, colon), part.slice(colon + 1));
}

interface PartPickerProps {
  readonly label: string;
  readonly first: readonly (readonly [string, string])[];
  readonly subject: Subject;
  readonly view: View;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** A dimension, then which of its values: those that there are in this period, the most watched first. */
function PartPicker({ label, first, subject, view, value, onChange }: PartPickerProps) {
  const [name = ''] = value.split(':');
  const dimension = DIMENSIONS.find(([each]) => each === name)?.[0] ?? null;
  const values = useQuery(dimension === null ? null : `values ${subject.id} ${dimension} ${view.period}`, () =>
    dimension === null ? Promise.resolve([]) : valuesOf(subject, view, dimension),
  ).data;
  const chosen = value.slice(name.length + 1);
  const choose = async (next: string): Promise<void> => {
    if (first.some(([each]) => each === next)) return onChange(next);
    const [top] = await valuesOf(subject, view, next as DimensionName).catch(() => []);
    onChange(`${next}:${top?.value ?? 'unknown'}`);
  };
  const listed = (values ?? []).map(
    ({ value: each, views }) => [each, `${dimensionValue(name, each)} (${count(views)})`] as const,
  );
  const options = listed.some(([each]) => each === chosen) ? listed : [[chosen, partText(value)] as const, ...listed];
  return (
    <>
      <Select
        label={label}
        options={[...first, ...DIMENSIONS]}
        value={dimension ?? value}
        onChange={(next) => void choose(next)}
      />
      {dimension !== null && (
        <Select
          label={`${label}: value`}
          options={options}
          value={chosen}
          onChange={(next) => onChange(`${name}:${next}`)}
        />
      )}
    </>
  );
}

async function valuesOf(subject: Subject, view: View, dimension: DimensionName) {
  const whole = { ...view, range: { from: view.range['from'] ?? '' }, comparison: {} };
  const { by } = await qoeOf(subject, whole, [dimension]);
  return (by[dimension] ?? [])
    .map(({ value, metrics }) => ({ value, views: metrics.views }))
    .toSorted((a, b) => b.views - a.views);
}
