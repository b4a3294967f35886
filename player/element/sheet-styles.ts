/** The looks of the drawers: episodes and settings. */
let sheet: CSSStyleSheet | null = null;

export function sheetStyles(): CSSStyleSheet {
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(DRAWER);
  }
  return sheet;
}

const DRAWER = /* css */ `
.drawer { position: absolute; inset: auto 0 0; z-index: 5; display: flex; flex-direction: column; max-height: 76%; border-radius: 26px 26px 0 0; background: linear-gradient(color-mix(in srgb, var(--mdf-surface), #fff 7%), var(--mdf-surface)); box-shadow: 0 1px 0 rgb(255 255 255 / 14%) inset, 0 -30px 80px rgb(0 0 0 / 60%); animation: rise .3s cubic-bezier(.2, .85, .25, 1); }
.drawer::before { content: ''; position: absolute; left: 50%; top: 9px; translate: -50%; width: 38px; height: 4px; border-radius: 2px; background: rgb(255 255 255 / 22%); }
.drawer-head { display: flex; align-items: flex-start; justify-content: space-between; gap: 12px; padding: 26px 14px 12px 20px; padding-inline: 20px 14px; }
.drawer-head h2 { font-size: 20px; font-weight: 750; letter-spacing: -.02em; text-wrap: balance; }
.drawer-head .round { background: rgb(255 255 255 / 8%); }
.drawer-body { padding: 4px 20px calc(18px + env(safe-area-inset-bottom)); overflow-y: auto; overscroll-behavior: contain; }
.ranges { display: flex; flex: none; gap: 8px; padding: 2px 20px 12px; overflow-x: auto; scrollbar-width: none; }
.ranges button { flex: none; min-height: 40px; padding: 0 16px; border-radius: 99px; font-size: 14px; font-weight: 650; color: var(--mdf-ink-soft); background: rgb(255 255 255 / 7%); font-variant-numeric: tabular-nums; }
.ranges [aria-pressed=true] { color: var(--mdf-surface); background: var(--mdf-ink); }
.cells { display: grid; grid-template-columns: repeat(auto-fill, minmax(58px, 1fr)); gap: 8px; padding: 2px; list-style: none; }
.cells button { position: relative; width: 100%; min-height: 54px; border-radius: 14px; font-size: 16px; font-weight: 650; font-variant-numeric: tabular-nums; background: rgb(255 255 255 / 10%); transition: background .15s; }
.cells button:hover { background: rgb(255 255 255 / 18%); }
.cells :is([data-state=locked], [data-state=preview], [data-state=unknown]) { color: var(--mdf-ink-soft); background: rgb(255 255 255 / 5%); }
.cells [aria-current] { color: var(--mdf-accent-ink); background: linear-gradient(100deg, var(--mdf-accent), var(--mdf-accent-2)); }
.cells .icon { position: absolute; inset-inline-end: 6px; top: 6px; font-size: 11px; color: var(--mdf-gold); stroke-width: 2.2; }
.cells [aria-current] .icon { color: inherit; }
.choices { border: 0; padding: 0; margin: 0 0 14px; }
.choices legend { padding: 0 0 4px; font-size: 13px; font-weight: 600; color: var(--mdf-ink-soft); }
.choices input { width: 20px; height: 20px; accent-color: var(--mdf-accent); }
.drawer .row { display: flex; width: 100%; }
`;
