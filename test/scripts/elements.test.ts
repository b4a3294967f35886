/** What tools and React see of the web component is what its comment says, and a comment with holes is refused. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { generateElements, readElementDoc } from '../../scripts/elements.ts';
import { inRoot } from '../../scripts/lib/paths.ts';

const SOURCE = readFileSync(inRoot('player/micro-drama-feed.ts'), 'utf8');
const DOC = readElementDoc(SOURCE);

test('every part that the element has is documented, and every documented one is there', () => {
  const files = [
    'micro-drama-feed',
    'feed-view',
    'overlay',
    'slide',
    'paywall-sheet',
    'notice',
    'element/episode-grid',
    'element/settings-sheet',
  ];
  const text = files.map((file) => readFileSync(inRoot(`player/${file}.ts`), 'utf8')).join('\n');
  const used = new Set([...text.matchAll(/\bpart: '([\w-]+)'/g)].map(([, part = '']) => part));
  expect(DOC.cssParts.map(({ name }) => name).sort()).toEqual([...used].sort());
});

test('every custom property is documented with the value that it has', () => {
  const styles = readFileSync(inRoot('player/feed-styles.ts'), 'utf8');
  const set = [...styles.matchAll(/^ {2}(--mdf-[\w-]+): (.+);$/gm)].map(([, name = '', value = '']) => [name, value]);
  const documented = DOC.cssProperties.map(({ name, initial }) => [name, initial]);
  const known = (pairs: readonly (readonly string[])[]) => pairs.filter(([name]) => name !== '--mdf-font');
  expect(known(documented)).toEqual(known(set));
});

test('every event that is emitted is documented', () => {
  const events = readFileSync(inRoot('player/element/events.ts'), 'utf8');
  const body = /interface ElementEvents \{([\s\S]*?)\n\}/.exec(events)?.[1] ?? '';
  const emitted = [...body.matchAll(/readonly (\w+): (\w+);/g)].map(([, name = '', type = '']) => `${name} ${type}`);
  expect(DOC.events.map(({ name, type }) => `${name} ${type}`)).toEqual(emitted);
});

test('the methods of the element are in the manifest', () => {
  expect(DOC.methods).toEqual(
    expect.arrayContaining(['goTo', 'next', 'previous', 'togglePlay', 'openEpisodes', 'handleKey']),
  );
});

test('a line that says less than it must is refused', () => {
  const without = SOURCE.replace(/ \* @slot actions - .*/, ' * @slot actions');
  expect(() => readElementDoc(without)).toThrow('@slot actions');
});

test('the wrapper imports nothing at run time but React', () => {
  const wrapper = generateElements().find(({ path }) => path.startsWith('player/react'))?.text ?? '';
  const imports = wrapper.match(/^import (?!type)[\s\S]*?;$/gm) ?? [];
  expect(imports).toHaveLength(1);
  expect(imports[0]).toContain("from 'react'");
});
