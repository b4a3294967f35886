import type { Missing } from '../../client/index.ts';

/** What a drop lacks, or lacked. */
export function MissingList({
  lead,
  missing,
  titles,
}: {
  readonly lead: string;
  readonly missing: readonly Missing[];
  readonly titles: ReadonlyMap<string, string>;
}) {
  return (
    <div class="note-box" data-tone="bad">
      <strong>{lead}</strong>
      <ul class="small">
        {missing.map((each) => (
          <li key={JSON.stringify(each)}>{missingText(each, titles)}</li>
        ))}
      </ul>
    </div>
  );
}

function missingText(missing: Missing, titles: ReadonlyMap<string, string>): string {
  switch (missing.code) {
    case 'episode-not-found':
      return `Episode ${missing.episodeId} does not exist.`;
    case 'not-transcoded':
      return `${titles.get(missing.episodeId) ?? missing.episodeId} is ${missing.state}: it has nothing to play.`;
    case 'captions-missing':
      return `${titles.get(missing.episodeId) ?? missing.episodeId} lacks captions in ${missing.languages.join(', ')}.`;
    case 'policy-target-not-found':
      return `The ${missing.scope} ${missing.id} does not exist.`;
  }
}
