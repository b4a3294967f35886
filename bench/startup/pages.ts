/** Bundles the pages, one for each candidate. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { inRoot } from '../../scripts/lib/paths.ts';

const STYLE = `html,body{margin:0;height:100%;background:#000}.stage{position:fixed;inset:0}
video,mux-player,micro-drama-feed{position:absolute;inset:0;width:100%;height:100%;display:block}`;

const PAGES = ['ours', 'hls-js', 'shaka', 'video-js', 'mux', 'mp4'].map((name) => `start-${name}`);
const SESSIONS = ['ours', 'hls-js', 'mp4'].map((name) => `session-${name}`);

const OURS_AND_PEERS = [...PAGES, ...SESSIONS, 'unlock'];

export async function buildPages(outdir: string): Promise<void> {
  mkdirSync(outdir, { recursive: true });
  await build({
    entryPoints: OURS_AND_PEERS.map((name) => inRoot('bench', 'startup', 'page', `${name}.ts`)),
    outdir,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'chrome111',
    legalComments: 'none',
    logLevel: 'error',
  });
  for (const name of OURS_AND_PEERS) {
    const head = `<!doctype html><meta charset=utf-8><link rel=icon href="data:,"><title>${name}</title><style>${STYLE}</style>`;
    writeFileSync(path.join(outdir, `${name}.html`), `${head}<body><script type=module src="${name}.js"></script>`);
  }
  copyFileSync(inRoot('node_modules', 'hls.js', 'dist', 'hls.min.js'), path.join(outdir, 'hls.min.js'));
  for (const [name, text] of Object.entries(deepLinks())) writeFileSync(path.join(outdir, `${name}.html`), text);
}

/** What a link in an advertisement opens: nothing is there before. The address of the media is in the query. */
function deepLinks(): Record<string, string> {
  const head = `<!doctype html><meta charset=utf-8><link rel=icon href="data:,"><title>Episode</title><style>${STYLE}</style>`;
  const source = `new URLSearchParams(location.search).get('src')`;
  return {
    'link-hls-js': `${head}<video muted autoplay playsinline></video><script src="/page/hls.min.js"></script><script>
const hls = new Hls(); hls.loadSource(${source}); hls.attachMedia(document.querySelector('video'));
</script>`,
    'link-mp4': `${head}<video muted autoplay playsinline></video><script>document.querySelector('video').src = ${source}</script>`,
  };
}
