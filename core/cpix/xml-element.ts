/** An element of a parsed document. Names are compared with their namespace, never by prefix. @see Namespaces in XML 1.0 */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  /** Attributes without a namespace, which is all that CPIX has. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own character data, without that of its children. */
  readonly text: string;
}

/** In document order. */
export function childrenOf(element: XmlElement, namespace: string, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.namespace === namespace && child.name === name);
}

/** The one child of that name; null where there is none, or two. */
export function onlyChild(element: XmlElement | null, namespace: string, name: string): XmlElement | null {
  if (element === null) return null;
  const [first, ...others] = childrenOf(element, namespace, name);
  return first === undefined || others.length > 0 ? null : first;
}
