import { SaxesParser } from 'saxes';
import type { XmlElement } from '#core/cpix/xml-element.ts';
import { err, ok, type Result } from '#core/result.ts';

interface OpenElement extends XmlElement {
  readonly children: OpenElement[];
  text: string;
}

/** CPIX is six deep; a document that is deeper was made to hurt. */
const MAX_DEPTH = 16;

/**
 * A well-formed document with namespaces, as a tree; the caller bounds its length.
 *
 * No document type is taken, so there are no entities but XML's own five: nothing is expanded (billion laughs), and
 * nothing is fetched (external entities). Nobody's messages are passed on: they would quote the document.
 */
export function parseXml(text: string): Result<XmlElement, string> {
  // Not fed by the user of a browser but by a key server; `xmlns` makes the parser resolve prefixes, and check them.
  const parser = new SaxesParser({ xmlns: true });
  const open: OpenElement[] = [];
  let root: OpenElement | null = null;
  parser.on('doctype', () => {
    throw new Refused('it has a document type, which is not taken');
  });
  parser.on('error', () => {
    throw new Refused('it is not well-formed XML');
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    if (open.length >= MAX_DEPTH) throw new Refused(`it is more than ${MAX_DEPTH} elements deep`);
    const plain = Object.values(attributes).filter((each) => each.prefix === '' && each.uri === '');
    const element: OpenElement = {
      namespace: uri,
      name: local,
      attributes: new Map(plain.map(({ name, value }) => [name, value])),
      children: [],
      text: '',
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  const addText = (more: string): void => {
    const element = open.at(-1);
    if (element) element.text += more;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  try {
    parser.write(text).close();
  } catch (thrown) {
    return err(thrown instanceof Refused ? thrown.message : 'it is not well-formed XML');
  }
  return root === null ? err('it is empty') : ok(root);
}

class Refused extends Error {}
