/**
 * Writes player/custom-elements.json and the React wrapper from the doc comment of the element's class: one source, and
 * `npm run check` sees when they differ.
 *
 * @see https://github.com/webcomponents/custom-elements-manifest
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { reactWrapper } from './elements/react-wrapper.ts';
import { inRoot } from './lib/paths.ts';
import type { GeneratedFile } from './openapi.ts';

const SOURCE = 'player/micro-drama-feed.ts';
const CLASS = 'MicroDramaFeed';

export interface Documented {
  readonly name: string;
  readonly description: string;
}

export interface Typed extends Documented {
  readonly type: string;
}

export interface ElementDoc {
  readonly className: string;
  readonly tagName: string;
  readonly description: string;
  readonly attributes: readonly Typed[];
  readonly properties: readonly Typed[];
  readonly methods: readonly string[];
  readonly events: readonly Typed[];
  readonly slots: readonly Documented[];
  readonly cssProperties: readonly (Documented & { readonly initial: string })[];
  readonly cssParts: readonly Documented[];
}

export function generateElements(): GeneratedFile[] {
  const doc = readElementDoc(readFileSync(inRoot(SOURCE), 'utf8'));
  return [
    { path: 'player/custom-elements.json', text: `${JSON.stringify(manifestOf(doc), null, 2)}\n` },
    { path: 'player/react/index.ts', text: reactWrapper(doc) },
  ];
}

export function writeElements(): void {
  for (const { path, text } of generateElements()) writeFileSync(inRoot(path), text);
}

/** Throws where a line says less than it must: a manifest with holes is worse than none. */
export function readElementDoc(source: string): ElementDoc {
  const at = source.indexOf(`export class ${CLASS}`);
  const comment = source.slice(source.lastIndexOf('/**', at), at);
  const body = source.slice(at);
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\/?\*+\/?\s?/, '').trimEnd());
  const tagged = (tag: string, form: RegExp): RegExpExecArray[] =>
    lines
      .filter((line) => line.startsWith(`@${tag} `))
      .map((line) => {
        const match = form.exec(line.slice(tag.length + 2));
        if (match === null) throw new Error(`${SOURCE}: this line is not of the form that it must have: ${line}`);
        return match;
      });
  const typedFirst = (tag: string): Typed[] =>
    tagged(tag, /^\{(.+?)\} (\S+) - (.+)$/).map(([, type = '', name = '', description = '']) => ({
      name,
      description,
      type,
    }));
  const plain = (tag: string): Documented[] =>
    tagged(tag, /^(\S+) - (.+)$/).map(([, name = '', description = '']) => ({ name, description }));
  const text = lines.filter((line) => !line.startsWith('@') && line !== '');
  return {
    className: CLASS,
    tagName: tagged('tag', /^(\S+)$/)[0]?.[1] ?? '',
    description: text[0] ?? '',
    attributes: typedFirst('attr'),
    properties: typedFirst('prop'),
    methods: [...body.matchAll(/^ {2}([a-z]\w*)\((?:[\w: ]*)\): (?:void|boolean) \{$/gm)]
      .map(([, name = '']) => name)
      .filter((name) => !name.endsWith('Callback')),
    events: tagged('fires', /^(\S+) \{(.+?)\} - (.+)$/).map(([, name = '', type = '', description = '']) => ({
      name,
      description,
      type,
    })),
    slots: plain('slot'),
    cssProperties: tagged('cssprop', /^(\S+) - (.+) `(.+)`$/).map(([, name = '', description = '', initial = '']) => ({
      name,
      description,
      initial,
    })),
    cssParts: plain('csspart'),
  };
}

function manifestOf(doc: ElementDoc): object {
  const { className, tagName, description } = doc;
  const path = 'micro-drama-feed.ts';
  const typed = ({ name, description: text, type }: Typed): object => ({
    name,
    description: text,
    type: { text: type },
  });
  const declaration = {
    kind: 'class',
    name: className,
    customElement: true,
    tagName,
    description,
    superclass: { name: 'HTMLElement' },
    attributes: doc.attributes.map(typed),
    members: [
      ...doc.properties.map((property) => ({ kind: 'field', ...typed(property) })),
      ...doc.methods.map((name) => ({ kind: 'method', name })),
    ],
    events: doc.events.map(({ name, description: text, type }) => ({
      name,
      description: text,
      type: { text: `CustomEvent<${type}>` },
    })),
    slots: doc.slots,
    cssProperties: doc.cssProperties.map(({ name, description: text, initial }) => ({
      name,
      description: text,
      default: initial,
    })),
    cssParts: doc.cssParts,
  };
  const reference = { name: className, module: path };
  return {
    schemaVersion: '2.1.0',
    modules: [
      {
        kind: 'javascript-module',
        path,
        declarations: [declaration],
        exports: [
          { kind: 'js', name: className, declaration: reference },
          { kind: 'custom-element-definition', name: tagName, declaration: reference },
        ],
      },
    ],
  };
}

if (import.meta.main) writeElements();
