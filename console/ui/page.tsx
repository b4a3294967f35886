import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { hrefOf } from '../router.ts';

export interface Crumb {
  readonly title: string;
  readonly path: readonly string[];
}

/** The head of a page. A new page takes the focus to its heading, so that a screen reader says where one is. */
export function PageHead({
  title,
  crumbs = [],
  beside,
  lead,
  tools,
}: {
  readonly title: string;
  readonly crumbs?: readonly Crumb[];
  readonly beside?: ComponentChildren;
  readonly lead?: ComponentChildren;
  readonly tools?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Cliffhanger console`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <header class="page-head">
      <div class="lead">
        {crumbs.length > 0 && (
          <nav class="crumbs" aria-label="Where this is">
            <ol>
              {crumbs.map((crumb) => (
                <li key={crumb.title}>
                  <a href={hrefOf(crumb.path)}>{crumb.title}</a>
                </li>
              ))}
            </ol>
          </nav>
        )}
        <div class="title">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {beside}
        </div>
        {lead !== undefined && <p class="soft">{lead}</p>}
      </div>
      {tools !== undefined && <div class="tools">{tools}</div>}
    </header>
  );
}

export function Tabs({
  label,
  tabs,
  current,
}: {
  readonly label: string;
  readonly tabs: readonly { readonly name: string; readonly title: string; readonly path: readonly string[] }[];
  readonly current: string;
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ name, title, path }) => (
        <a key={name} href={hrefOf(path)} aria-current={name === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
