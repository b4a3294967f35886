import { describe, expect, test } from 'vitest';
import { readKeyServerSettings } from '../../../workers/api/key-provider/settings.ts';

const SET = {
  KEY_SERVER_URL: 'https://keys.example.com/speke',
  KEY_SERVER_DRM_SYSTEMS: 'widevine,playready,fairplay',
  LOOPBACK_URLS: '0',
};

describe('the settings of a key server', () => {
  test('are a public URL, DRM systems in their order, and what it knows us by', () => {
    const headers = '{"Authorization":"Basic dTpw"}';
    expect(
      readKeyServerSettings({ ...SET, KEY_SERVER_DRM_SYSTEMS: 'fairplay, widevine', KEY_SERVER_HEADERS: headers }),
    ).toEqual({
      ok: true,
      value: { url: SET.KEY_SERVER_URL, systems: ['fairplay', 'widevine'], headers: { Authorization: 'Basic dTpw' } },
    });
    expect(readKeyServerSettings(SET)).toMatchObject({ ok: true, value: { headers: {} } });
  });

  test.each([
    ['http://keys.example.com/', 'https'],
    ['https://127.0.0.1/', 'address'],
    ['http://127.0.0.1:8080/', 'https'],
    ['https://169.254.169.254/latest', 'address'],
    ['https://keys.internal/', 'public name'],
    ['https://user:password@keys.example.com/', 'plain https URL'],
    ['https://keys.example.com:8443/', 'port 443'],
  ])('are refused with the URL %s', (url, why) => {
    const settings = readKeyServerSettings({ ...SET, KEY_SERVER_URL: url });
    expect(settings).toMatchObject({ ok: false, error: { code: 'key-server-misconfigured', retryable: false } });
    if (!settings.ok) expect(settings.error.detail).toContain(why);
  });

  test.each(['', 'widevine,', 'widevine,widevine', 'clearkey', 'constructor', 'Widevine'])(
    'are refused with the DRM systems %j',
    (systems) => {
      const settings = readKeyServerSettings({ ...SET, KEY_SERVER_DRM_SYSTEMS: systems });
      expect(settings.ok ? '' : settings.error.detail).toContain('KEY_SERVER_DRM_SYSTEMS');
    },
  );

  test.each([
    'secret-words',
    '["secret-words"]',
    '{"x-api-key":7}',
    '{"x api key":"secret-words"}',
    '{"x-api-key":"secret-words\\r\\nHost: elsewhere"}',
    '{"Host":"secret-words"}',
    '{"X-Speke-Version":"secret-words"}',
  ])('are refused with the headers %s, which are not quoted', (headers) => {
    const settings = readKeyServerSettings({ ...SET, KEY_SERVER_HEADERS: headers });
    expect(settings.ok ? '' : settings.error.detail).toContain('KEY_SERVER_HEADERS');
    expect(JSON.stringify(settings)).not.toContain('secret-words');
  });
});
