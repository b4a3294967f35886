import type { KeySignalling } from '../ingest/transcoder-protocol.ts';
import { err, ok, type Result } from '../result.ts';
import { CONTENT_KEY_BYTES, hexOfBase64url } from '../token/content-key.ts';
import { DRM_SYSTEMS, type DrmSystemName } from './drm-systems.ts';
import { CPIX_NAMESPACE, CPIX_VERSION, type KeyRequest, PSKC_NAMESPACE } from './request.ts';
import { checkPsshBox, hexOfBase64, readSignallingTags } from './signalling.ts';
import { childrenOf, onlyChild, type XmlElement } from './xml-element.ts';

export interface AnsweredKey {
  /** 16 bytes, base64url. */
  readonly key: string;
  readonly signalling: KeySignalling;
}

/**
 * Reads the key server's document against what was asked: everything that was asked for must be there, once, for our key
 * id, and nothing may have become something else. A fault is one clause for the operator; it never quotes the document,
 * which holds keys.
 *
 * @see https://docs.aws.amazon.com/speke/latest/documentation/speke-constraints-v2.html
 */
export function readKeyAnswer(root: XmlElement, asked: KeyRequest): Result<AnsweredKey, string> {
  if (root.namespace !== CPIX_NAMESPACE || root.name !== 'CPIX') return err('it is no CPIX document');
  if (root.attributes.get('version') !== CPIX_VERSION) return err(`its CPIX version is not ${CPIX_VERSION}`);
  if (root.attributes.get('contentId') !== asked.contentId) return err('it is for another contentId');
  const key = readContentKey(root, asked);
  if (!key.ok) return key;
  const rule = faultOfUsageRule(root, asked);
  if (rule !== null) return err(rule);
  const signalling = readSignalling(root, asked);
  return signalling.ok ? ok({ key: key.value, signalling: signalling.value }) : signalling;
}

function readContentKey(root: XmlElement, asked: KeyRequest): Result<string, string> {
  const list = onlyChild(root, CPIX_NAMESPACE, 'ContentKeyList');
  if (list === null) return err('it has no ContentKeyList');
  const contentKey = onlyChild(list, CPIX_NAMESPACE, 'ContentKey');
  if (contentKey === null) return err('its ContentKeyList has not exactly one ContentKey');
  if (!isKid(contentKey, asked)) return err('its ContentKey has another kid');
  if (contentKey.attributes.get('commonEncryptionScheme') !== asked.scheme)
    return err(`its ContentKey is not for ${asked.scheme}`);
  const data = onlyChild(contentKey, CPIX_NAMESPACE, 'Data');
  const secret = onlyChild(data, PSKC_NAMESPACE, 'Secret');
  if (secret !== null && childrenOf(secret, PSKC_NAMESPACE, 'EncryptedValue').length > 0)
    return err('its key is encrypted, which was not asked for');
  const value = onlyChild(secret, PSKC_NAMESPACE, 'PlainValue')?.text.trim();
  if (value === undefined || value === '') return err('its ContentKey has no PlainValue');
  const hex = hexOfBase64(value);
  if (hex?.length !== CONTENT_KEY_BYTES * 2) return err(`its PlainValue is not ${CONTENT_KEY_BYTES} bytes in base64`);
  if (/^(..)\1*$/.test(hex)) return err('its key is one byte repeated');
  return ok(value.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'));
}

/** A key server that shares the key out otherwise would have parts of the version stay without one. */
function faultOfUsageRule(root: XmlElement, asked: KeyRequest): string | null {
  const list = onlyChild(root, CPIX_NAMESPACE, 'ContentKeyUsageRuleList');
  const rule = onlyChild(list, CPIX_NAMESPACE, 'ContentKeyUsageRule');
  if (rule === null) return 'it has not exactly one ContentKeyUsageRule';
  if (!isKid(rule, asked)) return 'its ContentKeyUsageRule has another kid';
  return rule.attributes.get('intendedTrackType') === 'ALL' ? null : 'its ContentKeyUsageRule is not for ALL tracks';
}

function readSignalling(root: XmlElement, asked: KeyRequest): Result<KeySignalling, string> {
  const list = onlyChild(root, CPIX_NAMESPACE, 'DRMSystemList');
  if (list === null) return err('it has no DRMSystemList');
  const elements = childrenOf(list, CPIX_NAMESPACE, 'DRMSystem');
  const found: KeySignalling[] = [];
  for (const name of asked.systems) {
    const { systemId } = DRM_SYSTEMS[name];
    const [element, ...others] = elements.filter((each) => each.attributes.get('systemId')?.toLowerCase() === systemId);
    if (element === undefined || others.length > 0) return err(`it has not exactly one DRMSystem of ${name}`);
    if (!isKid(element, asked)) return err(`its DRMSystem of ${name} has another kid`);
    const system = readSystem(element, name);
    if (!system.ok) return err(`its DRMSystem of ${name} is wrong: ${system.error}`);
    found.push(system.value);
  }
  return ok({
    psshBoxes: found.flatMap(({ psshBoxes }) => psshBoxes),
    mediaPlaylistTags: found.flatMap(({ mediaPlaylistTags }) => mediaPlaylistTags),
    multivariantPlaylistTags: found.flatMap(({ multivariantPlaylistTags }) => multivariantPlaylistTags),
  });
}

function readSystem(element: XmlElement, name: DrmSystemName): Result<KeySignalling, string> {
  const system = DRM_SYSTEMS[name];
  const pssh = onlyChild(element, CPIX_NAMESPACE, 'PSSH')?.text.trim() ?? '';
  if (system.hasPssh) {
    const fault = checkPsshBox(pssh, system);
    if (fault !== null) return err(fault);
  }
  const tagsOf = (playlist: 'media' | 'master'): Result<readonly string[], string> => {
    const [data, ...others] = childrenOf(element, CPIX_NAMESPACE, 'HLSSignalingData').filter(
      (each) => each.attributes.get('playlist') === playlist,
    );
    if (data === undefined || others.length > 0)
      return err(`it has not exactly one HLSSignalingData of the ${playlist} playlist`);
    return readSignallingTags(data.text.trim(), playlist, system);
  };
  const media = tagsOf('media');
  if (!media.ok) return media;
  const master = tagsOf('master');
  if (!master.ok) return master;
  return ok({
    psshBoxes: system.hasPssh ? [pssh] : [],
    mediaPlaylistTags: media.value,
    multivariantPlaylistTags: master.value,
  });
}

function isKid(element: XmlElement, { keyId }: KeyRequest): boolean {
  return element.attributes.get('kid')?.toLowerCase().replaceAll('-', '') === hexOfBase64url(keyId);
}
