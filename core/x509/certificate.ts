import { parseDateMs } from '../playlist/dates.ts';
import { DER, equalBytes, readDer, readDerList, readOid, type DerElement } from './der.ts';

export type Curve = 'P-256' | 'P-384';
export type Hash = 'SHA-256' | 'SHA-384';

/** What a chain is judged by. Certificates of other kinds (RSA, other curves) are not read at all. @see RFC 5280 4.1 */
export interface Certificate {
  /** What the issuer has signed. */
  readonly signedBytes: Uint8Array<ArrayBuffer>;
  readonly hash: Hash;
  /** r and s as a DER sequence. */
  readonly signature: Uint8Array<ArrayBuffer>;
  readonly issuer: Uint8Array<ArrayBuffer>;
  readonly subject: Uint8Array<ArrayBuffer>;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly publicKey: { readonly curve: Curve; readonly spki: Uint8Array<ArrayBuffer> };
  readonly isCa: boolean;
  /** Object identifiers of its extensions. */
  readonly extensions: ReadonlySet<string>;
}

const HASHES: ReadonlyMap<string, Hash> = new Map([
  ['1.2.840.10045.4.3.2', 'SHA-256'],
  ['1.2.840.10045.4.3.3', 'SHA-384'],
]);
const CURVES: ReadonlyMap<string, Curve> = new Map([
  ['1.2.840.10045.3.1.7', 'P-256'],
  ['1.3.132.0.34', 'P-384'],
]);
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const BASIC_CONSTRAINTS = '2.5.29.19';
const VERSION_3 = 0xa0;
const EXTENSIONS = 0xa3;

/** null for whatever is not a version 3 certificate of an elliptic curve, signed with ECDSA. */
export function readCertificate(der: Uint8Array<ArrayBuffer>): Certificate | null {
  const [signed, algorithm, signature, ...more] = children(readDer(der)) ?? [];
  if (signed === undefined || algorithm === undefined || signature === undefined || more.length > 0) return null;
  const [version, , innerAlgorithm, issuer, validity, subject, key, ...rest] = children(signed) ?? [];
  if (version?.tag !== VERSION_3 || innerAlgorithm === undefined || issuer === undefined || subject === undefined)
    return null;
  // The algorithm stands twice; only the inner one is signed.
  if (!equalBytes(algorithm.bytes, innerAlgorithm.bytes)) return null;
  const hash = HASHES.get(firstOid(algorithm) ?? '');
  const [notBefore, notAfter, ...laterTimes] = children(validity)?.map(readTimeMs) ?? [];
  const publicKey = readPublicKey(key);
  const extensions = readExtensions(rest);
  const signatureBytes = readBitString(signature);
  if (hash === undefined || publicKey === null || extensions === null || signatureBytes === null) return null;
  if (notBefore == null || notAfter == null || laterTimes.length > 0) return null;
  return {
    signedBytes: signed.bytes,
    hash,
    signature: signatureBytes,
    issuer: issuer.bytes,
    subject: subject.bytes,
    notBeforeMs: notBefore,
    notAfterMs: notAfter,
    publicKey,
    isCa: isCa(extensions.get(BASIC_CONSTRAINTS)),
    extensions: new Set(extensions.keys()),
  };
}

/** An ECDSA signature as Web Crypto takes it, r and s of a fixed length; null when it is none. @see RFC 3279 2.2.3 */
export function rawSignature(der: Uint8Array<ArrayBuffer>, curve: Curve): Uint8Array<ArrayBuffer> | null {
  const numbers = children(readDer(der));
  if (numbers?.length !== 2) return null;
  const size = curve === 'P-256' ? 32 : 48;
  const raw = new Uint8Array(size * 2);
  for (const [index, { tag, content }] of numbers.entries()) {
    const digits = content[0] === 0 ? content.subarray(1) : content;
    if (tag !== DER.integer || digits.byteLength === 0 || digits.byteLength > size) return null;
    raw.set(digits, (index + 1) * size - digits.byteLength);
  }
  return raw;
}

function children(element: DerElement | null | undefined): DerElement[] | null {
  return element?.tag === DER.sequence ? readDerList(element.content) : null;
}

function firstOid(algorithm: DerElement | undefined): string | null {
  const [first] = children(algorithm) ?? [];
  return first === undefined ? null : readOid(first);
}

function readPublicKey(key: DerElement | undefined): Certificate['publicKey'] | null {
  const [algorithm] = children(key) ?? [];
  const [kind, parameters] = children(algorithm) ?? [];
  if (key === undefined || kind === undefined || parameters === undefined || readOid(kind) !== EC_PUBLIC_KEY)
    return null;
  const curve = CURVES.get(readOid(parameters) ?? '');
  return curve === undefined ? null : { curve, spki: key.bytes };
}

/** Whole bytes only: a signature has no bits left over. */
function readBitString({ tag, content }: DerElement): Uint8Array<ArrayBuffer> | null {
  return tag === DER.bitString && content[0] === 0 ? content.subarray(1) : null;
}

/** Two digits of a year below 50 are of this century. @see RFC 5280 4.1.2.5 */
function readTimeMs({ tag, content }: DerElement): number | null {
  const text = String.fromCharCode(...content);
  const short = tag === DER.utcTime && /^\d{12}Z$/.test(text);
  const full = short ? `${Number(text.slice(0, 2)) < 50 ? 20 : 19}${text}` : text;
  if (!short && tag !== DER.generalizedTime) return null;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (parts === null) return null;
  const [, year, month, day, hours, minutes, seconds] = parts;
  return parseDateMs(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
}

/** The value of each extension by its identifier; null when one is malformed or there twice. */
function readExtensions(rest: readonly DerElement[]): Map<string, Uint8Array<ArrayBuffer>> | null {
  const found = new Map<string, Uint8Array<ArrayBuffer>>();
  const wrapper = rest.find(({ tag }) => tag === EXTENSIONS);
  if (wrapper === undefined) return found;
  for (const extension of children(readDer(wrapper.content)) ?? []) {
    const [name, ...parts] = children(extension) ?? [];
    const oid = name === undefined ? null : readOid(name);
    const value = parts.at(-1);
    if (oid === null || value?.tag !== DER.octetString || found.has(oid)) return null;
    found.set(oid, value.content);
  }
  return found;
}

/** @see RFC 5280 4.2.1.9 */
function isCa(constraints: Uint8Array<ArrayBuffer> | undefined): boolean {
  const [flag] = constraints === undefined ? [] : (children(readDer(constraints)) ?? []);
  return flag?.tag === DER.boolean && flag.content[0] === 0xff;
}
