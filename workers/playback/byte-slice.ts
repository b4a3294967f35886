/** A part of a body: what comes before it is passed over, what comes after it is not read. */
export function sliceStream(
  body: ReadableStream<Uint8Array>,
  range: { readonly first: number; readonly last: number },
  ctx: ExecutionContext,
): ReadableStream<Uint8Array> {
  // A stream that knows its length: without one the answer would have no Content-Length.
  const { readable, writable } = new FixedLengthStream(range.last - range.first + 1);
  ctx.waitUntil(copySlice(body, range, writable));
  return readable;
}

async function copySlice(
  body: ReadableStream<Uint8Array>,
  { first, last }: { readonly first: number; readonly last: number },
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const [reader, writer] = [body.getReader(), writable.getWriter()];
  try {
    for (let at = 0; at <= last;) {
      const { value, done } = await reader.read();
      // A body that ends too early is shorter than was said: the reader of the answer sees a cut.
      if (done) break;
      const part = value.subarray(Math.max(0, first - at), last + 1 - at);
      at += value.byteLength;
      if (part.byteLength > 0) await writer.write(part);
    }
    await writer.close();
    // What comes after it is not read.
    await reader.cancel();
  } catch (error) {
    // The viewer has gone, or the bucket has: the end that is left learns why, the other one refuses and has nobody to tell.
    await Promise.allSettled([writer.abort(error), reader.cancel(error)]);
  }
}
