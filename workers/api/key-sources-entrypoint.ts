import { WorkerEntrypoint } from 'cloudflare:workers';
import type { KeySourcesRpc } from '#shared/keys/key-sources-rpc.ts';
import { refreshSources } from './key-sources.ts';

/** What other Workers ask when a token names a key that they do not know. */
export class KeySources extends WorkerEntrypoint<ApiEnv> implements KeySourcesRpc {
  async refresh(): Promise<void> {
    const refreshing = refreshSources(this.env, 'cooled', Date.now());
    // A caller that gives up must not take the turn with it.
    this.ctx.waitUntil(refreshing);
    await refreshing;
  }
}
