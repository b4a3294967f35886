/** Certificates of our own making, right and wrong, written byte by byte: no key of them is worth anything. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface Authority {
  readonly name: string;
  readonly der: Buffer;
  readonly privateKey: KeyObject;
}

export interface CertificateOrder {
  readonly name: string;
  readonly curve?: 'P-256' | 'P-384';
  readonly oids?: readonly string[];
  readonly isCa?: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Itself, when left out. */
  readonly issuer?: Authority;
}

const YEAR_MS = 365 * 86_400_000;

/** @see RFC 5280 4.1 */
export function makeCertificate(order: CertificateOrder): Authority {
  const { name, curve = 'P-384', oids = [], isCa = false, issuer } = order;
  const { notBefore = new Date(Date.now() - YEAR_MS), notAfter = new Date(Date.now() + YEAR_MS) } = order;
  const pair = generateKeyPairSync('ec', { namedCurve: curve });
  const algorithm = sequence(oid('1.2.840.10045.4.3.3'));
  const constraints = sequence(
    oid('2.5.29.19'),
    tlv(1, Buffer.from([255])),
    octets(sequence(tlv(1, Buffer.from([255])))),
  );
  const extensions = [...(isCa ? [constraints] : []), ...oids.map((each) => sequence(oid(each), octets(tlv(5))))];
  const signed = sequence(
    tlv(0xa0, tlv(2, Buffer.from([2]))),
    tlv(2, Buffer.from([1, ...createHash('sha256').update(name).digest().subarray(0, 8)])),
    algorithm,
    nameOf(issuer?.name ?? name),
    sequence(time(notBefore), time(notAfter)),
    nameOf(name),
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [tlv(0xa3, sequence(...extensions))] : []),
  );
  const signature = sign('sha384', signed, issuer?.privateKey ?? pair.privateKey);
  return {
    name,
    der: sequence(signed, algorithm, tlv(3, Buffer.concat([Buffer.from([0]), signature]))),
    privateKey: pair.privateKey,
  };
}

export function sha256Hex(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const size = content.byteLength;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tlv(0x30, ...parts);
const octets = (content: Buffer): Buffer => tlv(4, content);
const nameOf = (name: string): Buffer => sequence(tlv(0x31, sequence(oid('2.5.4.3'), tlv(12, Buffer.from(name)))));
const time = (date: Date): Buffer => tlv(24, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')));

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  return tlv(6, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const digits = [arc % 128];
  for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) | 128);
  return digits;
}
