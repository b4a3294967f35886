import type { KeySignalling, TranscodeFailure } from '#core/ingest/transcoder-protocol.ts';
import { ok, type Result } from '#core/result.ts';
import type { ContentKeyScheme } from '#core/token/content-key.ts';
import { type ContentKey, makeContentKey } from '#shared/keys/content-key.ts';
import { askKeyServer } from './cpix-key-server.ts';
import { readKeyServerSettings, type KeyServerEnv } from './settings.ts';

/** What a key is wanted for. */
export interface KeyWanted {
  readonly episodeId: string;
  readonly scheme: ContentKeyScheme;
}

export interface ProvidedKey extends ContentKey {
  /** null: players get the key from us. */
  readonly signalling: KeySignalling | null;
}

/** Where the content key of a new version comes from. A failure is what the job's owner is shown. */
export interface KeyProvider {
  provideKey(wanted: KeyWanted): Promise<Result<ProvidedKey, TranscodeFailure>>;
}

/** Our own random keys; the edge gives them to whoever holds a pass. */
const ownKeys: KeyProvider = {
  async provideKey() {
    return ok({ ...makeContentKey(), signalling: null });
  },
};

/**
 * A key server is for DRM systems, and those know `cbcs`. The key of `aes-128` is fetched from us, under a pass, so it is
 * ours with every setting.
 */
export function keyProviderFor(env: KeyServerEnv, scheme: ContentKeyScheme): KeyProvider {
  if (scheme === 'aes-128' || env.KEY_SERVER_URL === '') return ownKeys;
  return {
    async provideKey({ episodeId }) {
      const settings = readKeyServerSettings(env);
      return settings.ok ? askKeyServer(settings.value, episodeId) : settings;
    },
  };
}
