import type { Dropoff, Interval } from '../../../client/index.ts';
import { frameStyle, type Board } from '../../charts/storyboard.tsx';
import * as format from '../../format.ts';
import { Badge, Empty, type Tone } from '../../ui/parts.tsx';

const VERDICTS: Readonly<Record<Dropoff['verdict'], readonly [string, Tone]>> = {
  script: ['Script', 'info'],
  buffering: ['Buffering', 'warn'],
  both: ['Script and buffering', 'bad'],
  neither: ['Neither', 'plain'],
  'too-few': ['Too few to say', 'plain'],
};
const FRAME_HEIGHT = 116;

export function DropoffList({ items, board }: { readonly items: readonly Dropoff[]; readonly board: Board | null }) {
  if (items.length === 0)
    return (
      <Empty title="No drop-off stands out">Viewers leave evenly: no second loses more than those around it.</Empty>
    );
  return (
    <ol class="drop-list">
      {items.map((dropoff, index) => (
        <li class="dropoff" key={dropoff.fromSeconds}>
          {board === null ? (
            <span />
          ) : (
            <div class="frame" aria-hidden="true" style={frameStyle(board, dropoff.fromSeconds, FRAME_HEIGHT)} />
          )}
          <Verdict dropoff={dropoff} number={index + 1} />
        </li>
      ))}
    </ol>
  );
}

function Verdict({ dropoff, number }: { readonly dropoff: Dropoff; readonly number: number }) {
  const { fromSeconds, toSeconds, left, atRisk, expected, verdict, words, bufferingShare, stall, low, script } =
    dropoff;
  const [title, tone] = VERDICTS[verdict];
  const where =
    toSeconds - fromSeconds > 1
      ? `${format.clock(fromSeconds)} to ${format.clock(toSeconds)}`
      : `At ${format.clock(fromSeconds)}`;
  return (
    <div>
      <div class="where">
        <h3>
          {number}. {where}
        </h3>
        <Badge tone={tone}>{title}</Badge>
        <span class="small soft">
          {format.whole(left)} of {format.whole(atRisk)} left, about {format.whole(expected)} would have as around it
        </span>
      </div>
      {words !== undefined && <p>{words}</p>}
      {verdict !== 'too-few' && (
        <ul class="causes small soft">
          <Cause name="By a stall" interval={stall?.leavers} />
          <Cause name="By a low rendition" interval={low?.leavers} />
          <Cause name="By the script" interval={script?.leavers} />
          {bufferingShare !== null && <li>Buffering’s part of what is explained: {format.share(bufferingShare)}</li>}
        </ul>
      )}
    </div>
  );
}

function Cause({ name, interval }: { readonly name: string; readonly interval: Interval | undefined }) {
  if (interval === undefined || (interval.estimate === 0 && interval.high === 0)) return null;
  const { estimate, low, high } = interval;
  const atLeast = (value: number): string => format.whole(Math.max(0, value));
  return (
    <li>
      {name}: <strong>{atLeast(estimate)}</strong> ({atLeast(low)} to {atLeast(high)})
    </li>
  );
}
