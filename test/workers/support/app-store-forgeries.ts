import * as store from './app-store.ts';
/** What looks like Apple's word and is not. */
import { makeCertificate, type Authority } from './certificates.ts';
import { compact } from './tokens.ts';

const DAY_MS = 86_400_000;

const { root, intermediate, leaf, signerOf, signJws, notification } = store;
const good = (): object => notification('TEST');
const long = { notBefore: new Date('2001-01-01T00:00:00Z'), notAfter: new Date('2002-01-01T00:00:00Z') };
const part = (name: string, more: object = {}, issuer = intermediate) =>
  makeCertificate({ name, curve: 'P-256', oids: [store.LEAF_OID], issuer, ...more });
const other = makeCertificate({ name: 'Our Root', isCa: true });
const otherMiddle = makeCertificate({
  name: 'Our Intermediate',
  isCa: true,
  oids: [store.INTERMEDIATE_OID],
  issuer: other,
});
const plainMiddle = makeCertificate({ name: 'Our Intermediate', isCa: true, issuer: root });
const noCa = makeCertificate({ name: 'Our Intermediate', oids: [store.INTERMEDIATE_OID], issuer: root });
const signed = (...chain: readonly Authority[]): string => signJws(good(), signerOf(...chain));
const overMiddle = makeCertificate({
  name: 'Our Intermediate',
  isCa: true,
  oids: [store.INTERMEDIATE_OID],
  issuer: root,
  ...long,
});
/** Of a day on which its signer was valid, though it is not any more. */
const signedThen = (): string =>
  signJws({ ...good(), signedDate: Date.parse('2001-06-01') }, signerOf(part('Our Signer', long), intermediate, root));
const tampered = (): string => {
  const [header = '', , signature = ''] = signJws(good()).split('.');
  return `${header}.${store.encode({ ...good(), notificationType: 'ONE_TIME_CHARGE' })}.${signature}`;
};
const headed = (header: object): string => signJws(good(), store.apple, header);

/** Signs as Apple would, under a root that is not Apple's. */
export const forger: store.Signer = signerOf(part('Our Signer', {}, otherMiddle), otherMiddle, other);

export const FORGERIES: readonly (readonly [string, () => string])[] = [
  ['a chain of another root', () => signed(part('Our Signer', {}, otherMiddle), otherMiddle, other)],
  ['the pinned root behind a chain of another', () => signed(part('Our Signer', {}, otherMiddle), otherMiddle, root)],
  [
    'a signer of another intermediate of the same name',
    () => signed(part('Our Signer', {}, otherMiddle), intermediate, root),
  ],
  ['a signer without the App Store’s mark', () => signed(part('Our Signer', { oids: [] }), intermediate, root)],
  ['an intermediate without its mark', () => signed(part('Our Signer', {}, plainMiddle), plainMiddle, root)],
  ['an intermediate that is no authority', () => signed(part('Our Signer', {}, noCa), noCa, root)],
  ['an intermediate that is over', () => signed(part('Our Signer', {}, overMiddle), overMiddle, root)],
  ['a signer that was valid when it signed', signedThen],
  ['a signer that is over', () => signed(part('Our Signer', long), intermediate, root)],
  [
    'a signer that is not valid yet',
    () =>
      signed(
        part('Our Signer', {
          notBefore: new Date('2090-01-01T00:00:00Z'),
          notAfter: new Date('2091-01-01T00:00:00Z'),
        }),
        intermediate,
        root,
      ),
  ],
  ['two certificates', () => signed(leaf, root)],
  ['four certificates', () => signed(leaf, intermediate, root, root)],
  ['no certificates', () => headed({ x5c: undefined })],
  ['certificates that are none', () => headed({ x5c: ['AAAA', 'AAAA', store.root.der.toString('base64')] })],
  ['the alg none', () => compact({ alg: 'none', x5c: store.apple.x5c }, good(), '')],
  ['the alg HS256', () => headed({ alg: 'HS256' })],
  ['the alg RS256', () => headed({ alg: 'RS256' })],
  ['a changed payload', tampered],
  ['a date from before its signer', () => signJws({ ...good(), signedDate: 0 })],
  ['a date of tomorrow', () => signJws({ ...good(), signedDate: Date.now() + DAY_MS })],
  ['no date', () => signJws({ ...good(), signedDate: undefined })],
  ['no JWS at all', () => 'signed'],
];
