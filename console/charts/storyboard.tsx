import type { Episode } from '../../client/index.ts';

type Tiles = NonNullable<NonNullable<Episode['presentation']>['images']['storyboard']>;

export interface Board extends Tiles {
  readonly url: string;
}

const GAP = 3;
const HEIGHT = 78;

/** One frame of the episode, cut out of the sheet. Styles are set by script, which a strict CSP allows. */
export function frameStyle(board: Board, atSeconds: number, height: number) {
  const { url, columns, rows, tiles, tileWidth, tileHeight, intervalSeconds } = board;
  const width = (height * tileWidth) / tileHeight;
  const index = Math.max(0, Math.min(tiles - 1, Math.floor(atSeconds / intervalSeconds)));
  return {
    width: `${width}px`,
    height: `${height}px`,
    backgroundImage: `url("${url}")`,
    backgroundSize: `${columns * width}px ${rows * height}px`,
    backgroundPosition: `${-(index % columns) * width}px ${-Math.floor(index / columns) * height}px`,
  };
}

/** The episode's frames under the time axis: which picture it was that they left at. */
export function Storyboard({
  board,
  width,
  durationSeconds,
  atSeconds,
}: {
  readonly board: Board;
  readonly width: number;
  readonly durationSeconds: number;
  readonly atSeconds: number | null;
}) {
  const tileWidth = (HEIGHT * board.tileWidth) / board.tileHeight;
  const count = Math.max(1, Math.min(board.tiles, Math.floor((width + GAP) / (tileWidth + GAP))));
  const step = durationSeconds / count;
  return (
    <div class="storyboard" aria-hidden="true" data-testid="storyboard">
      {Array.from({ length: count }, (_, index) => {
        const isCurrent = atSeconds !== null && atSeconds >= index * step && atSeconds < (index + 1) * step;
        // The tile under the cursor shows the very second.
        const shown = isCurrent ? atSeconds : (index + 0.5) * step;
        return <div key={index} data-current={isCurrent} style={frameStyle(board, shown, HEIGHT)} />;
      })}
    </div>
  );
}
