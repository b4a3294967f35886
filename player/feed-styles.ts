/**
 * The looks of `<micro-drama-feed>`.
 *
 * Change them from outside by the custom properties on `:host` below, or by parts: both are listed, with what they are
 * for, at the class in micro-drama-feed.ts. Sides are logical (inline-start), so that `dir=rtl` mirrors them; time runs
 * from left to right everywhere, as on every player.
 */
let sheet: CSSStyleSheet | null = null;

export function feedStyleSheet(): CSSStyleSheet {
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(HOST + SLIDES + OVERLAY + SHEET + NOTICE);
  }
  return sheet;
}

const HOST = /* css */ `
:host {
  --mdf-accent: #e0234d;
  --mdf-accent-2: #d13a2a;
  --mdf-accent-ink: #fff;
  --mdf-gold: #ffd27a;
  --mdf-ink: #fff;
  --mdf-ink-soft: rgb(255 255 255 / 72%);
  --mdf-surface: #16131c;
  --mdf-backdrop: #08070b;
  --mdf-radius: 0px;
  --mdf-font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif;
  display: block; position: relative; height: 100%; overflow: hidden;
  border-radius: var(--mdf-radius); background: var(--mdf-backdrop); color: var(--mdf-ink);
  font-family: var(--mdf-font); -webkit-font-smoothing: antialiased; contain: strict;
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; -webkit-tap-highlight-color: transparent; }
button:focus-visible, [tabindex]:focus-visible { outline: 2px solid #fff; outline-offset: 2px; }
.icon { width: 1.25em; height: 1.25em; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; flex: none; }
.stage { position: absolute; inset: 0; }
`;

/**
 * A slide lies a pixel under the one that is shown: Chromium hands a video's frames to the screen only while some of it is
 * in view, and what begins with the scroll is two frames late (docs/decisions/039-player-engine.md).
 */
const SLIDES = /* css */ `
.scroller { position: absolute; inset: 0; isolation: isolate; overflow-y: scroll; scroll-snap-type: y mandatory; overscroll-behavior: contain; scrollbar-width: none; touch-action: pan-y; }
.scroller:focus-visible { outline: none; }
.scroller::-webkit-scrollbar { display: none; }
.slide { position: relative; height: 100%; scroll-snap-align: start; scroll-snap-stop: always; overflow: hidden; background: var(--mdf-backdrop) center / cover; outline: none; }
.slide + .slide { margin-top: -1px; }
.slide[data-active] { z-index: 1; }
.poster, .frame, video, .shade, .tap { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
.poster:not([src]) { visibility: hidden; }
.shade { pointer-events: none; background:
  linear-gradient(rgb(0 0 0 / 58%), transparent 22%),
  linear-gradient(to top, rgb(0 0 0 / 78%), rgb(0 0 0 / 34%) 20%, transparent 42%); }
.tap { cursor: pointer; touch-action: pan-y; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none; -webkit-tap-highlight-color: transparent; }
video::cue { font-family: var(--mdf-font); background: rgb(8 7 11 / 62%); }
.slide[data-phase=needs-unlock] :is(.poster, video) { filter: brightness(.5) blur(3px) saturate(.85); transform: scale(1.03); transition: filter .35s, transform .35s; }
.glyph { position: absolute; inset: 0; display: grid; place-items: center; pointer-events: none; opacity: 0; transform: scale(1.25); transition: opacity .16s, transform .16s; }
.glyph .icon { width: 76px; height: 76px; padding: 20px; border-radius: 50%; background: rgb(10 8 14 / 46%); backdrop-filter: blur(14px); fill: currentColor; stroke: none; }
.slide[data-phase=paused] .glyph { opacity: 1; transform: none; }
.spinner { position: absolute; left: 50%; top: 50%; width: 44px; height: 44px; margin: -22px; border-radius: 50%; border: 3px solid rgb(255 255 255 / 24%); border-top-color: #fff; opacity: 0; pointer-events: none; }
.slide:is([data-phase=buffering], [data-phase=starting]) .spinner { opacity: 1; animation: turn .8s .35s linear infinite; transition: opacity .2s .35s; }
.caption { position: absolute; inset-inline: 18px 76px; bottom: calc(58px + env(safe-area-inset-bottom)); pointer-events: none; text-shadow: 0 1px 10px rgb(0 0 0 / 45%); }
.kicker { display: flex; align-items: center; gap: 8px; font-size: 13px; font-weight: 600; letter-spacing: .01em; color: var(--mdf-ink-soft); }
.badge { padding: 2px 8px; border-radius: 99px; font-size: 11px; font-weight: 700; color: #241a06; background: var(--mdf-gold); text-shadow: none; }
.badge:empty { display: none; }
.title { margin-top: 5px; font-size: 21px; line-height: 1.2; font-weight: 700; letter-spacing: -.015em; text-wrap: balance; }
.pill { display: inline-flex; align-items: center; gap: 8px; height: 44px; padding: 0 18px; border-radius: 99px; font-size: 15px; font-weight: 650; background: rgb(255 255 255 / 16%); backdrop-filter: blur(14px); }
.unlock-pill { margin-top: 14px; pointer-events: auto; color: var(--mdf-accent-ink); background: linear-gradient(100deg, var(--mdf-accent), var(--mdf-accent-2)); text-shadow: none; }
.finish { position: absolute; inset: 0; display: none; flex-direction: column; gap: 16px; align-items: center; justify-content: center; padding: 24px; background: rgb(8 7 11 / 55%); backdrop-filter: blur(10px); }
.finish p { font-size: 19px; font-weight: 700; text-align: center; }
.finish .primary { width: min(100%, 320px); }
.slide[data-phase=finished]:last-child .finish { display: flex; }
`;

const OVERLAY = /* css */ `
.top { position: absolute; inset: 0 0 auto; display: flex; align-items: center; justify-content: space-between; gap: 12px; padding-block: calc(14px + env(safe-area-inset-top)) 0; padding-inline: 18px 14px; pointer-events: none; }
.top-end { display: flex; align-items: center; gap: 8px; pointer-events: auto; }
.heading { min-width: 0; text-shadow: 0 1px 8px rgb(0 0 0 / 50%); }
.series { font-size: 15px; font-weight: 700; letter-spacing: -.01em; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.place { margin-top: 1px; font-size: 12px; color: var(--mdf-ink-soft); font-variant-numeric: tabular-nums; }
.wallet { display: flex; align-items: center; gap: 5px; height: 36px; padding-inline: 9px 12px; border-radius: 99px; font-size: 14px; font-weight: 700; color: var(--mdf-gold); background: rgb(10 8 14 / 52%); font-variant-numeric: tabular-nums; }
.round, ::slotted(button) { display: grid; place-items: center; width: 44px; height: 44px; border-radius: 50%; background: rgb(10 8 14 / 52%); font-size: 16px; }
.sound[data-muted=true] .icon-sound, .sound[data-muted=false] .icon-muted, .play[data-playing=true] .icon-play, .play[data-playing=false] .icon-pause { display: none; }
.rail { position: absolute; inset-inline-end: 14px; bottom: calc(66px + env(safe-area-inset-bottom)); display: flex; flex-direction: column; gap: 10px; }
.rail [aria-pressed=true] { color: #16131c; background: rgb(255 255 255 / 92%); }
.icon-more { stroke-width: 3.2; }
.hint { position: absolute; left: 50%; top: 22%; translate: -50%; padding: 8px 18px; border-radius: 99px; font-size: 17px; font-weight: 750; background: rgb(10 8 14 / 58%); opacity: 0; transition: opacity .15s; pointer-events: none; font-variant-numeric: tabular-nums; }
.hint[data-shown] { opacity: 1; }
.chip { position: absolute; left: 50%; top: calc(112px + env(safe-area-inset-top)); translate: -50%; display: flex; align-items: center; gap: 8px; height: 44px; padding-inline: 14px 18px; border-radius: 99px; font-size: 14px; font-weight: 650; color: #16131c; white-space: nowrap; background: rgb(255 255 255 / 92%); box-shadow: 0 8px 30px rgb(0 0 0 / 35%); animation: drop .4s cubic-bezier(.2, .9, .3, 1.2); }
.bottom { position: absolute; inset: auto 18px calc(8px + env(safe-area-inset-bottom)) 10px; display: flex; align-items: center; gap: 8px; direction: ltr; }
.play { background: none; font-size: 15px; }
.play .icon-play { fill: currentColor; }
.time { font-size: 11px; font-weight: 600; color: var(--mdf-ink-soft); font-variant-numeric: tabular-nums; }
.progress { position: relative; flex: 1; height: 26px; cursor: pointer; touch-action: none; border-radius: 6px; }
.track { position: absolute; inset: 11.5px 0; border-radius: 3px; background: rgb(255 255 255 / 20%); overflow: hidden; transition: inset .15s; }
.progress:hover .track, .progress:active .track { inset: 10px 0; }
.playable, .fill { position: absolute; inset: 0; transform-origin: left; transform: scaleX(var(--share, 0)); }
.playable { background: rgb(255 255 255 / 22%); }
.fill { background: #fff; }
.progress[data-cut] .fill { background: var(--mdf-gold); }
.toast { position: absolute; left: 50%; bottom: 150px; translate: -50% 12px; max-width: calc(100% - 40px); width: max-content; padding: 12px 18px; border-radius: 14px; font-size: 14px; font-weight: 600; text-align: center; color: #16131c; background: rgb(255 255 255 / 95%); box-shadow: 0 12px 40px rgb(0 0 0 / 40%); opacity: 0; pointer-events: none; transition: opacity .2s, translate .2s; z-index: 4; }
.toast[data-shown] { opacity: 1; translate: -50%; }
.stage:has(.sheet:not([hidden])) .toast { bottom: auto; top: 84px; }
.stage:has(.sheet:not([hidden])) :is(.chip, .caption, .rail) { visibility: hidden; }
.stage:not([data-status=ready]) :is(.top, .bottom, .chip, .rail), .slide[data-phase=finished]:last-child .caption { visibility: hidden; }
`;

const SHEET = /* css */ `
.sheet { position: absolute; inset: auto 0 0; z-index: 3; display: flex; flex-direction: column; max-height: 88%; overflow: visible; padding: 34px 22px calc(12px + env(safe-area-inset-bottom)); text-align: center; border-radius: 26px 26px 0 0; background: linear-gradient(#261f2f, #14111a); box-shadow: 0 -1px 0 rgb(255 255 255 / 10%) inset, 0 1px 0 rgb(255 255 255 / 14%) inset, 0 -30px 80px rgb(0 0 0 / 60%); animation: rise .34s cubic-bezier(.2, .85, .25, 1); }
.sheet-lock { position: absolute; left: 50%; top: -28px; translate: -50%; display: grid; place-items: center; width: 56px; height: 56px; border-radius: 50%; font-size: 20px; color: #2a1c05; background: linear-gradient(145deg, #ffe3a6, #f3b54a); box-shadow: 0 10px 30px rgb(0 0 0 / 45%), 0 0 0 5px #261f2f; }
.sheet > slot { display: flex; flex-direction: column; align-items: stretch; min-height: 0; }
.sheet > slot > * { flex: none; }
.sheet > slot > .offers { flex: 0 1 auto; min-height: 56px; overflow-y: auto; overscroll-behavior: contain; }
.offers { display: flex; flex-direction: column; gap: 8px; margin-top: 10px; padding: 0; list-style: none; }
.offer { display: flex; align-items: center; justify-content: space-between; gap: 12px; width: 100%; min-height: 50px; padding: 6px 18px; border-radius: 15px; font-size: 15px; font-weight: 650; text-align: start; background: rgb(255 255 255 / 9%); transition: background .15s; }
.offer:hover { background: rgb(255 255 255 / 14%); }
.offer small { white-space: nowrap; font-size: 13px; font-weight: 600; color: var(--mdf-gold); text-align: end; }
.offer[aria-disabled] { cursor: default; background: rgb(255 255 255 / 5%); }
.offer[aria-disabled] :is(span, small) { color: var(--mdf-ink-soft); }
.row { padding: 0; display: flex; align-items: center; justify-content: space-between; gap: 14px; min-height: 48px; font-size: 16px; font-weight: 600; text-align: start; }
.sheet .row { margin-top: 8px; font-size: 14px; color: var(--mdf-ink-soft); }
.knob { flex: none; width: 46px; height: 28px; padding: 3px; border-radius: 99px; background: rgb(255 255 255 / 22%); transition: background .15s; }
.knob::before { content: ''; display: block; width: 22px; height: 22px; border-radius: 50%; background: #fff; transition: margin .15s; }
[aria-checked=true] .knob { background: var(--mdf-accent); }
[aria-checked=true] .knob::before { margin-inline-start: 18px; }
.sheet-kicker { margin-top: 4px; font-size: 13px; font-weight: 600; color: var(--mdf-ink-soft); }
.sheet-title { margin-top: 4px; font-size: 23px; line-height: 1.2; font-weight: 750; letter-spacing: -.02em; text-wrap: balance; }
.sheet-reason { margin-top: 8px; font-size: 15px; line-height: 1.4; color: var(--mdf-ink-soft); text-wrap: balance; }
.sheet-balance { display: flex; align-items: center; justify-content: center; gap: 6px; margin: 18px 0 0; font-size: 14px; color: var(--mdf-ink-soft); }
.sheet-balance .icon { color: var(--mdf-gold); }
.sheet-balance strong { color: #fff; font-variant-numeric: tabular-nums; }
.sheet-short { margin-top: 4px; font-size: 14px; font-weight: 600; color: var(--mdf-gold); }
.sheet-short:empty { display: none; }
.primary { display: flex; align-items: center; justify-content: center; min-height: 54px; padding: 0 28px; border-radius: 17px; font-size: 17px; font-weight: 700; letter-spacing: -.01em; color: var(--mdf-accent-ink); background: linear-gradient(100deg, var(--mdf-accent), var(--mdf-accent-2)); box-shadow: 0 10px 30px color-mix(in srgb, var(--mdf-accent) 35%, transparent); transition: filter .15s, transform .1s; }
.primary:hover { filter: brightness(1.07); }
.primary:active { transform: scale(.985); }
.primary[aria-disabled] { filter: saturate(.35) brightness(.72); cursor: default; box-shadow: none; }
.primary[aria-busy] { filter: brightness(.85); }
.sheet .primary { margin-top: 16px; }
.secondary { min-height: 52px; margin-top: 10px; border-radius: 17px; font-size: 16px; font-weight: 700; color: #2a1c05; background: linear-gradient(145deg, #ffe3a6, #f3b54a); }
.plain { min-height: 48px; margin-top: 4px; font-size: 15px; font-weight: 600; color: var(--mdf-ink-soft); border-radius: 14px; }
.plain:hover { color: #fff; }
`;

const NOTICE = /* css */ `
.notice { position: absolute; inset: 0; z-index: 2; display: flex; flex-direction: column; align-items: center; justify-content: center; gap: 10px; padding: 32px; text-align: center; background: rgb(8 7 11 / 78%); backdrop-filter: blur(18px); }
.notice-icon { display: grid; place-items: center; width: 76px; height: 76px; margin-bottom: 8px; border-radius: 50%; font-size: 28px; color: var(--mdf-gold); background: rgb(255 255 255 / 7%); }
.notice h2 { font-size: 21px; font-weight: 750; letter-spacing: -.02em; text-wrap: balance; }
.notice p { max-width: 30ch; font-size: 15px; line-height: 1.45; color: var(--mdf-ink-soft); text-wrap: balance; }
.notice .primary { margin-top: 14px; min-width: 168px; }
.skeleton { position: absolute; inset: 0; pointer-events: none; visibility: hidden; background:
  linear-gradient(100deg, transparent 30%, rgb(255 255 255 / 7%) 50%, transparent 70%) 0 0 / 220% 100%,
  linear-gradient(#1b1722, #0c0a10); }
.stage[data-status=loading] .skeleton { visibility: visible; animation: shimmer 1.3s linear infinite; }
@keyframes turn { to { rotate: 1turn; } }
@keyframes rise { from { transform: translateY(60%); opacity: 0; } }
@keyframes drop { from { transform: translateY(-14px); opacity: 0; } }
@keyframes shimmer { from { background-position: 160% 0, 0 0; } to { background-position: -60% 0, 0 0; } }
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation-duration: .01ms !important; animation-iteration-count: 1 !important; transition-duration: .01ms !important; }
}
`;
