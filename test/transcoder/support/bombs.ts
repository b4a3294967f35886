/** Small files that ask for much: a picture's size is two numbers in its header. */
import { crc32, deflateSync } from 'node:zlib';
import { box, u16, u32 } from './boxes.ts';

/** A grey JPEG picture: each block of 8x8 is two bits. */
export function greyJpeg(width: number, height: number): Buffer {
  const segment = (marker: number, ...parts: readonly Buffer[]): Buffer => {
    const body = Buffer.concat(parts);
    return Buffer.concat([u16(0xff00 | marker, body.length + 2), body]);
  };
  // One code of one bit each: "no change" for the mean, "no more" for the rest of the block.
  const oneCode = (table: number): Buffer => Buffer.from([table, 1, ...Array.from({ length: 16 }, () => 0)]);
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  return Buffer.concat([
    u16(0xffd8),
    segment(0xdb, Buffer.from([0]), Buffer.alloc(64, 1)),
    segment(0xc0, Buffer.from([8]), u16(height, width), Buffer.from([1, 1, 0x11, 0])),
    segment(0xc4, oneCode(0x00), oneCode(0x10)),
    segment(0xda, Buffer.from([1, 1, 0x00, 0, 63, 0])),
    Buffer.alloc(Math.ceil(blocks / 4)),
    u16(0xffd9),
  ]);
}

/** A black PNG picture, one bit a pixel: 20,000 pixels squared are 50 kB. */
export function blackPng(width: number, height: number): Buffer {
  const chunk = (type: string, body: Buffer): Buffer => {
    const typed = Buffer.concat([Buffer.from(type, 'latin1'), body]);
    return Buffer.concat([u32(body.length), typed, u32(crc32(typed))]);
  };
  const pixels = deflateSync(Buffer.alloc(height * (1 + Math.ceil(width / 8))), { level: 1 });
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', Buffer.concat([u32(width, height), Buffer.from([1, 0, 0, 0, 0])])),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** An index that unpacks to more than the memory that is there (QuickTime's compressed moov). */
export function packedIndex(unpackedBytes: number): Buffer {
  const packed = deflateSync(Buffer.alloc(unpackedBytes), { level: 1 });
  const cmov = box('cmov', box('dcom', 'zlib'), box('cmvd', u32(unpackedBytes), packed));
  return Buffer.concat([box('ftyp', 'qt  ', u32(0), 'qt  '), box('mdat', Buffer.alloc(64)), box('moov', cmov)]);
}
