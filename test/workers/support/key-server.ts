/** A key server that speaks SPEKE v2 over HTTP on this machine: CPIX in, CPIX out, whatever a test has it answer. */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const WIDEVINE = 'edef8ba9-79d6-4ace-a3c8-27dcd51d21ed';
const PLAYREADY = '9a04f079-9840-4286-ab92-e65be0885f95';
export const FAIRPLAY = '94ce86fb-07ff-4f43-adb8-93d2fa968ca2';

const KEY_FORMATS: Readonly<Record<string, string>> = {
  [WIDEVINE]: `urn:uuid:${WIDEVINE}`,
  [PLAYREADY]: 'com.microsoft.playready',
  [FAIRPLAY]: 'com.apple.streamingkeydelivery',
};

/** What was asked, read from the document by eye and not by the code under test. */
export interface AskedKey {
  readonly headers: IncomingHttpHeaders;
  readonly document: string;
  readonly contentId: string;
  readonly kid: string;
  readonly systemIds: readonly string[];
}

export interface KeyServer {
  readonly url: string;
  readonly asked: AskedKey[];
  /** The keys that it gave, by kid. */
  readonly keys: Map<string, Buffer>;
  /** What it answers; a server that is well answers `answerFor`. */
  answer: (asked: AskedKey, response: ServerResponse) => void;
  /** Answers well again. */
  heal(): void;
  stop(): Promise<void>;
}

export async function startKeyServer(): Promise<KeyServer> {
  const well = (asked: AskedKey, response: ServerResponse): void => sendXml(response, answerFor(asked, server.keys));
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const asked = readRequest(request.headers, Buffer.concat(chunks).toString());
      server.asked.push(asked);
      server.answer(asked, response);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const server: KeyServer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/speke/v2.0/copyProtection?tenant=1`,
    asked: [],
    keys: new Map(),
    answer: well,
    heal: () => void (server.answer = well),
    stop: () =>
      new Promise((resolve) => {
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
  return server;
}

export function sendXml(response: ServerResponse, body: string, headers: Record<string, string> = {}): void {
  const own = { 'content-type': 'application/xml', 'x-speke-version': '2.0', 'x-speke-user-agent': 'fake/1' };
  response.writeHead(200, { ...own, ...headers }).end(body);
}

/** As another vendor's serializer has it: other prefixes, other order, CDATA, comments, and line breaks in base64's place. */
export function answerFor(asked: AskedKey, keys: Map<string, Buffer>): string {
  const key = randomBytes(16);
  keys.set(asked.kid, key);
  const systems = asked.systemIds.map((systemId) => systemXml(systemId, asked.kid)).join('\n');
  return `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!-- made by a fake -->
<c:CPIX xmlns:c="urn:dashif:org:cpix" xmlns:p="urn:ietf:params:xml:ns:keyprov:pskc" xmlns:x="urn:vendor"
    contentId="${asked.contentId}" version="2.3" x:trace="1">
  <c:DRMSystemList>${systems}</c:DRMSystemList>
  <c:ContentKeyList>
    <c:ContentKey kid="${asked.kid.toUpperCase()}" commonEncryptionScheme="cbcs">
      <c:Data><p:Secret><p:PlainValue><![CDATA[${key.toString('base64')}]]></p:PlainValue></p:Secret></c:Data>
    </c:ContentKey>
  </c:ContentKeyList>
  <ContentKeyUsageRuleList xmlns="urn:dashif:org:cpix">
    <ContentKeyUsageRule intendedTrackType="ALL" kid="${asked.kid}"><VideoFilter/><AudioFilter/></ContentKeyUsageRule>
  </ContentKeyUsageRuleList>
  <x:ContentKeyList><x:ContentKey kid="of-a-vendor"/></x:ContentKeyList>
</c:CPIX>`;
}

function systemXml(systemId: string, kid: string): string {
  const { pssh, media, master } = signallingOf(systemId, kid);
  return `<c:DRMSystem systemId="${systemId.toUpperCase()}" kid="${kid}">
    ${pssh === null ? '' : `<c:PSSH>\n  ${pssh}\n</c:PSSH>`}
    <c:HLSSignalingData playlist="master">${base64(`${master}\n`)}</c:HLSSignalingData>
    <c:HLSSignalingData playlist="media">${base64(media)}</c:HLSSignalingData>
  </c:DRMSystem>`;
}

export interface Signalling {
  readonly pssh: string | null;
  readonly media: string;
  readonly master: string;
}

/** What the server says of one system: made of the kid alone, so that a test can say it again. */
export function signallingOf(systemId: string, kid: string): Signalling {
  const pssh = systemId === FAIRPLAY ? null : psshBox(systemId, kid);
  const uri = pssh === null ? `skd://fake/${kid}` : `data:text/plain;base64,${pssh}`;
  const attributes = `METHOD=SAMPLE-AES,URI="${uri}",KEYFORMAT="${KEY_FORMATS[systemId]}",KEYFORMATVERSIONS="1"`;
  return { pssh, media: `#EXT-X-KEY:${attributes}`, master: `#EXT-X-SESSION-KEY:${attributes}` };
}

/** Version 1 with its key id. @see ISO/IEC 23001-7, 8.1 */
export function psshBox(systemId: string, kid: string): string {
  const ids = [systemId, '00000001', kid].map((hex) => Buffer.from(hex.replaceAll('-', ''), 'hex'));
  const data = Buffer.from('vendor data');
  const size = Buffer.alloc(4);
  size.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from('pssh'), Buffer.from([1, 0, 0, 0]), ...ids, size, data]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length + 4);
  return Buffer.concat([head, body]).toString('base64');
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');

function readRequest(headers: IncomingHttpHeaders, document: string): AskedKey {
  const first = (pattern: RegExp): string => pattern.exec(document)?.[1] ?? '';
  return {
    headers,
    document,
    contentId: first(/contentId="([^"]+)"/),
    kid: first(/<cpix:ContentKey kid="([^"]+)"/),
    systemIds: [...document.matchAll(/systemId="([^"]+)"/g)].map(([, id]) => id ?? ''),
  };
}
