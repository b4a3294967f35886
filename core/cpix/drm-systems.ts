/**
 * The DRM systems that a key server can be asked to signal for, by the names that the setting has them under.
 *
 * @see https://dashif.org/identifiers/content_protection/ (system ids)
 */
export interface DrmSystem {
  readonly systemId: string;
  /** KEYFORMAT of its EXT-X-KEY and EXT-X-SESSION-KEY. */
  readonly keyFormat: string;
  /** FairPlay has no `pssh` box: a player needs nothing but its line in the playlist. */
  readonly hasPssh: boolean;
}

export type DrmSystemName = 'widevine' | 'playready' | 'fairplay';

export const DRM_SYSTEMS: Readonly<Record<DrmSystemName, DrmSystem>> = {
  widevine: {
    systemId: 'edef8ba9-79d6-4ace-a3c8-27dcd51d21ed',
    keyFormat: 'urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed',
    hasPssh: true,
  },
  playready: {
    systemId: '9a04f079-9840-4286-ab92-e65be0885f95',
    keyFormat: 'com.microsoft.playready',
    hasPssh: true,
  },
  fairplay: {
    systemId: '94ce86fb-07ff-4f43-adb8-93d2fa968ca2',
    keyFormat: 'com.apple.streamingkeydelivery',
    hasPssh: false,
  },
};

/** `widevine, fairplay` → names, each once, in this order; null for what is no such list. */
export function parseDrmSystems(text: string): readonly DrmSystemName[] | null {
  const names = text.split(',').map((name) => name.trim());
  if (!names.every((name): name is DrmSystemName => Object.hasOwn(DRM_SYSTEMS, name))) return null;
  return new Set(names).size === names.length ? names : null;
}
