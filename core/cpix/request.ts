import { hexOfBase64url } from '../token/content-key.ts';
import { DRM_SYSTEMS, type DrmSystemName } from './drm-systems.ts';

/** @see DASH-IF CPIX 2.3, 5.2 */
export const CPIX_NAMESPACE = 'urn:dashif:org:cpix';
/** Where `PlainValue` is from. @see RFC 6030 */
export const PSKC_NAMESPACE = 'urn:ietf:params:xml:ns:keyprov:pskc';
export const CPIX_VERSION = '2.3';
export const SPEKE_VERSION = '2.0';

/** One key for all tracks of one version of an episode. */
export interface KeyRequest {
  /** Ours: `[A-Za-z0-9_-]`, so it needs no escaping. The license server sees it. */
  readonly contentId: string;
  /** 16 bytes, base64url. */
  readonly keyId: string;
  readonly scheme: 'cbcs';
  readonly systems: readonly DrmSystemName[];
}

/**
 * The CPIX document that asks for one key: what is empty is for the key server to fill in.
 *
 * `ALL` with both filters says in SPEKE's words that picture and sound share the key.
 *
 * @see https://docs.aws.amazon.com/speke/latest/documentation/encryption-contract-v2.html
 */
export function serializeKeyRequest({ contentId, keyId, scheme, systems }: KeyRequest): string {
  const kid = uuidOfKeyId(keyId);
  const drmSystems = systems.map((name) => {
    const { systemId, hasPssh } = DRM_SYSTEMS[name];
    return [
      `    <cpix:DRMSystem kid="${kid}" systemId="${systemId}">`,
      ...(hasPssh ? ['      <cpix:PSSH/>'] : []),
      '      <cpix:HLSSignalingData playlist="media"/>',
      '      <cpix:HLSSignalingData playlist="master"/>',
      '    </cpix:DRMSystem>',
    ].join('\n');
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<cpix:CPIX contentId="${contentId}" version="${CPIX_VERSION}" xmlns:cpix="${CPIX_NAMESPACE}" xmlns:pskc="${PSKC_NAMESPACE}">
  <cpix:ContentKeyList>
    <cpix:ContentKey kid="${kid}" commonEncryptionScheme="${scheme}"/>
  </cpix:ContentKeyList>
  <cpix:DRMSystemList>
${drmSystems.join('\n')}
  </cpix:DRMSystemList>
  <cpix:ContentKeyUsageRuleList>
    <cpix:ContentKeyUsageRule kid="${kid}" intendedTrackType="ALL">
      <cpix:VideoFilter/>
      <cpix:AudioFilter/>
    </cpix:ContentKeyUsageRule>
  </cpix:ContentKeyUsageRuleList>
</cpix:CPIX>
`;
}

/** As CPIX writes a key id: a UUID in small letters. */
export function uuidOfKeyId(keyId: string): string {
  return hexOfBase64url(keyId).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
