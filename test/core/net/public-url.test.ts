import { describe, expect, test } from 'vitest';
import { checkPublicUrl } from '#core/net/public-url.ts';

const live = { allowLoopback: false };
const local = { allowLoopback: true };

describe('a URL that the edge may ask', () => {
  test.each([
    'https://example.com',
    'https://backend.example.com/.well-known/jwks.json',
    'https://backend.example.com:443/keys?env=live&v=1',
    'https://EXAMPLE.com/keys',
    'https://xn--bcher-kva.example.org/keys',
    'https://a1.2b.example.co/keys',
    'https://127.example.com/keys',
    'https://local.example.com/keys',
    'https://example.com/a%2fb/../c;d=1',
  ])('is %s', (url) => {
    expect(checkPublicUrl(url, live)).toEqual({ ok: true, value: url });
  });
});

/** What got through elsewhere, from the write-ups of SSRF in webhooks and importers. */
const ATTACKS: readonly string[] = [
  // Another scheme.
  'http://example.com/keys',
  'ftp://example.com/keys',
  'file:///etc/passwd',
  'data:application/json,{}',
  'javascript:alert(1)',
  'gopher://example.com/_',
  '//example.com/keys',
  'https:/example.com/keys',
  'https:example.com',
  'https:\\\\example.com\\keys',
  // Credentials, and what looks like them.
  'https://user@example.com/',
  'https://user:password@example.com/',
  'https://example.com@127.0.0.1/',
  'https://example.com%40127.0.0.1/',
  'https://127.0.0.1#@example.com/',
  'https://127.0.0.1\\@example.com/',
  'https://example.com\\.internal/',
  // Loopback, private, link-local, metadata, benchmark, multicast, broadcast.
  'https://127.0.0.1/',
  'https://127.1/',
  'https://0.0.0.0/',
  'https://0/',
  'https://10.0.0.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  // The same in other notations.
  'https://2130706433/',
  'https://017700000001/',
  'https://0177.0.0.1/',
  'https://0x7f000001/',
  'https://0x7f.0.0.1/',
  'https://0x7F.1/',
  'https://127.0.0.1./',
  'https://127.0.0.0x1/',
  'https://1.1.1.0x01/',
  'https://999999999999/',
  'https://①②⑦.⓪.⓪.①/',
  'https://127。0。0。1/',
  'https://127%2e0%2e0%2e1/',
  'https://%31%32%37.0.0.1/',
  // Public addresses too: a certificate is for a name.
  'https://8.8.8.8/',
  'https://[2606:4700:4700::1111]/',
  // IPv6.
  'https://[::1]/',
  'https://[::]/',
  'https://[0:0:0:0:0:0:0:1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[::ffff:a00:1]/',
  'https://[::ffff:7f00:1]/',
  'https://[64:ff9b::a00:1]/',
  'https://[2002:a00:1::]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[fe80::1]/',
  'https://[fe80::1%25eth0]/',
  'https://[ff02::1]/',
  'https://[::1',
  'https://::1/',
  // Names that are not public.
  'https://localhost/',
  'https://LOCALHOST/',
  'https://localhost./',
  'https://app.localhost/',
  'https://localhost.localdomain/',
  'https://metadata.google.internal/computeMetadata/v1/',
  'https://metadata/',
  'https://intranet/',
  'https://printer.local/',
  'https://db.internal/',
  'https://router.lan/',
  'https://nas.home/',
  'https://nas.home.arpa/',
  'https://1.0.0.127.in-addr.arpa/',
  'https://dc.corp/',
  'https://hidden.onion/',
  'https://some.test/',
  // Other ports.
  'https://example.com:22/',
  'https://example.com:80/',
  'https://example.com:8443/',
  'https://example.com:65979/',
  'https://example.com:',
  'https://example.com:/',
  // Names that no parser agrees on.
  'https://',
  'https:///keys',
  'https://.example.com/',
  'https://example..com/',
  'https://example.com./',
  'https://-example.com/',
  'https://example-.com/',
  'https://exa_mple.com/',
  'https://exa mple.com/',
  'https://exam\tple.com/',
  'https://example.com/a b',
  'https://example.com/\n',
  ' https://example.com/',
  'https://example.com/\r\nHost: 127.0.0.1',
  'https://example.com\u0000.internal/',
  'https://ex\u00adample.com/',
  'https://example.com\u2025/',
  'https://bücher.example.org/',
  'https://example.com/keys#fragment',
  'https://example.com?#@127.0.0.1/',
  'https://example.com|127.0.0.1/',
  `https://${'a'.repeat(64)}.example.com/`,
  `https://example.com/${'a'.repeat(2_048)}`,
];

describe('a URL that the edge does not ask', () => {
  test.each(ATTACKS)('is %j', (url) => {
    expect(checkPublicUrl(url, live).ok).toBe(false);
  });

  test.each(
    ATTACKS.filter((url) => !/^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?(\/[\x21-\x7e]*)?$/i.test(url)),
  )('is %j on the machine of a developer as well', (url) => {
    expect(checkPublicUrl(url, local).ok).toBe(false);
  });

  test('is one of this machine, unless the deployment runs on it', () => {
    for (const url of [
      'http://127.0.0.1:8080/keys',
      'http://localhost/keys',
      'http://[::1]:9/',
      'https://127.0.0.1/',
    ]) {
      expect([checkPublicUrl(url, live).ok, checkPublicUrl(url, local).ok]).toEqual([false, true]);
    }
    for (const url of ['http://127.0.0.2/', 'http://10.0.0.1/', 'http://127.0.0.1:99999/', 'http://169.254.169.254/']) {
      expect(checkPublicUrl(url, local).ok).toBe(false);
    }
  });

  test('reads for the platform as it reads for us: what is let in has the host that was checked', () => {
    for (const url of [
      'https://example.com',
      'https://EXAMPLE.com:443/a?b=https://127.0.0.1/',
      'https://a.b.example.org/@x',
    ]) {
      expect(checkPublicUrl(url, live).ok).toBe(true);
      expect(new URL(url).hostname).toMatch(/(^|\.)example\.(com|org)$/);
    }
  });
});
