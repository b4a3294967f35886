/** Finds calls as one types, opens the list of calls on a phone, and shows in it where the reader is. */

const find = required('find', HTMLInputElement);
const menu = required('menu', HTMLButtonElement);
const nothing = required('nothing', HTMLElement);
const sections = [...document.querySelectorAll<HTMLElement>('[data-find]')];
const links = new Map(
  [...document.querySelectorAll<HTMLElement>('nav [data-for]')].map((item) => [item.dataset['for'], item]),
);

find.addEventListener('input', () => {
  filter();
  scrollTo(0, 0);
});
menu.addEventListener('click', () => openMenu(!document.body.classList.contains('menu-open')));
document.querySelector('nav')?.addEventListener('click', (event) => {
  if (event.target instanceof Element && event.target.closest('a')) openMenu(false);
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== find) {
    event.preventDefault();
    find.focus();
  }
  if (event.key !== 'Escape') return;
  showAll();
  openMenu(false);
});

// A link to what the filter hides must still lead there.
addEventListener('hashchange', () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target?.hidden !== true) return;
  showAll();
  target.scrollIntoView();
});

const seen = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const link = links.get(target.id);
      link?.classList.toggle('here', isIntersecting);
      if (isIntersecting) link?.scrollIntoView({ block: 'nearest' });
    }
  },
  { rootMargin: '-80px 0px -70% 0px' },
);
for (const section of sections) seen.observe(section);

function filter(): void {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const section of sections) {
    section.hidden = !words.every((word) => section.dataset['find']?.includes(word));
    const link = links.get(section.id);
    if (link) link.hidden = section.hidden;
  }
  for (const group of document.querySelectorAll<HTMLElement>('.group, nav > div'))
    group.hidden = [...group.querySelectorAll<HTMLElement>('[data-find], [data-for]')].every((each) => each.hidden);
  nothing.hidden = sections.some((section) => !section.hidden);
  document.body.classList.toggle('finding', words.length > 0);
}

function showAll(): void {
  find.value = '';
  filter();
}

function openMenu(isOpen: boolean): void {
  document.body.classList.toggle('menu-open', isOpen);
  menu.setAttribute('aria-expanded', String(isOpen));
}

function required<T extends HTMLElement>(id: string, kind: abstract new () => T): T {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new Error(`The page has no #${id}.`);
}
