import { createCipheriv, createDecipheriv } from 'node:crypto';

/**
 * A whole Media Segment under AES-128-CBC with PKCS7 padding. The IV is the Media Sequence Number, which is what players
 * take where EXT-X-KEY has none; our playlists count from 0, so it is the segment's number.
 *
 * @see RFC 8216bis 4.4.4.4 (METHOD=AES-128), 5.2 (IV for AES-128)
 */
export function encryptSegment(segment: Buffer, key: Buffer, mediaSequenceNumber: number): Buffer {
  const cipher = createCipheriv('aes-128-cbc', key, ivOf(mediaSequenceNumber));
  return Buffer.concat([cipher.update(segment), cipher.final()]);
}

/** Throws where the key is another one, as far as the padding tells. */
export function decryptSegment(segment: Buffer, key: Buffer, mediaSequenceNumber: number): Buffer {
  const decipher = createDecipheriv('aes-128-cbc', key, ivOf(mediaSequenceNumber));
  return Buffer.concat([decipher.update(segment), decipher.final()]);
}

function ivOf(mediaSequenceNumber: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(mediaSequenceNumber, 12);
  return iv;
}
