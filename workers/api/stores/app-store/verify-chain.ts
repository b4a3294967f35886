import { err, ok, type Result } from '#core/result.ts';
import { readCertificate, rawSignature, type Certificate } from '#core/x509/certificate.ts';
import { equalBytes } from '#core/x509/der.ts';
import { fromBase64 } from '#shared/encoding.ts';

/** Who signs for the App Store, and who vouches for it. @see Apple, JWSDecodedHeader and Apple PKI */
const LEAF_OID = '1.2.840.113635.100.6.11.1';
const INTERMEDIATE_OID = '1.2.840.113635.100.6.2.1';

/** Far more than a certificate of Apple's has. */
const MAX_CERTIFICATE_CHARS = 6_000;

export interface SigningCertificate {
  readonly key: CryptoKey;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * The key of the first of three certificates, when the pinned root vouches for it. The root is known by its hash, so
 * that nothing in it has to be believed; the rest is read only as far as the decision needs.
 */
export async function verifyChain(
  x5c: unknown,
  rootSha256: string,
  nowMs: number,
): Promise<Result<SigningCertificate, string>> {
  if (!isChain(x5c)) return err('its x5c is not three certificates');
  const [leafBytes, intermediateBytes, rootBytes] = x5c.map((each) => fromBase64(each));
  if (leafBytes === undefined || intermediateBytes === undefined || rootBytes === undefined)
    return err('its x5c is not three certificates');
  if ((await sha256Hex(rootBytes)) !== rootSha256) return err('its chain does not end in the root that is pinned here');
  const [leaf, intermediate, root] = [leafBytes, intermediateBytes, rootBytes].map(readCertificate);
  if (leaf == null || intermediate == null || root == null) return err('its x5c holds what is no certificate');
  if (!root.isCa || !intermediate.isCa || leaf.isCa) return err('its chain is not root, authority, signer');
  if (!intermediate.extensions.has(INTERMEDIATE_OID) || !leaf.extensions.has(LEAF_OID))
    return err('its certificates are not those that sign for the App Store');
  if (![leaf, intermediate, root].every((each) => each.notBeforeMs <= nowMs && nowMs <= each.notAfterMs))
    return err('a certificate of its chain is not valid now');
  if (!(await isIssuedBy(intermediate, root)) || !(await isIssuedBy(leaf, intermediate)))
    return err('a certificate of its chain was not signed by the next');
  if (leaf.publicKey.curve !== 'P-256') return err('its signer has no key for ES256');
  const key = await importKey(leaf);
  return ok({ key, notBeforeMs: leaf.notBeforeMs, notAfterMs: leaf.notAfterMs });
}

/** Exactly three, in plain base64. @see RFC 7515 4.1.6 */
function isChain(x5c: unknown): x5c is string[] {
  const isCertificate = (each: unknown): boolean =>
    typeof each === 'string' &&
    each.length <= MAX_CERTIFICATE_CHARS &&
    each.length % 4 === 0 &&
    /^[A-Za-z0-9+/]+={0,2}$/.test(each);
  return Array.isArray(x5c) && x5c.length === 3 && x5c.every(isCertificate);
}

async function isIssuedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  if (!equalBytes(certificate.issuer, issuer.subject)) return false;
  const signature = rawSignature(certificate.signature, issuer.publicKey.curve);
  if (signature === null) return false;
  const algorithm = { name: 'ECDSA', hash: certificate.hash };
  return crypto.subtle.verify(algorithm, await importKey(issuer), signature, certificate.signedBytes);
}

async function importKey({ publicKey: { curve, spki } }: Certificate): Promise<CryptoKey> {
  return crypto.subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve: curve }, false, ['verify']);
}

async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
