/** What is on the screen around a swipe: every frame that the compositor hands out, looked at for darkness. */
import type { Browser, Page } from 'playwright-core';

export interface PixelCheck {
  readonly frames: number;
  readonly blackFrames: number;
  readonly darkestLuma: number;
}

/** The film is nowhere below 50, and the page behind it is black. */
const BLACK_BELOW_LUMA = 25;

export interface Watching {
  stop(): Promise<PixelCheck>;
}

export async function watchScreen(browser: Browser, page: Page): Promise<Watching> {
  const session = await page.context().newCDPSession(page);
  const pictures: string[] = [];
  session.on('Page.screencastFrame', ({ data, sessionId }) => {
    pictures.push(data);
    // The page may be gone by then, and with it the wish for more pictures.
    session.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
  });
  await session.send('Page.startScreencast', { format: 'jpeg', quality: 50, maxWidth: 98, maxHeight: 211 });
  return {
    stop: async () => {
      await session.send('Page.stopScreencast');
      const lumas = await lumasOf(browser, pictures);
      const blackFrames = lumas.filter((luma) => luma < BLACK_BELOW_LUMA).length;
      return { frames: lumas.length, blackFrames, darkestLuma: Math.min(...lumas) };
    },
  };
}

/** The browser decodes its own pictures, in a page of its own. */
async function lumasOf(browser: Browser, pictures: readonly string[]): Promise<number[]> {
  const page = await browser.newPage();
  try {
    return await page.evaluate(`(async (pictures) => {
      const lumas = [];
      for (const picture of pictures) {
        const image = await createImageBitmap(await (await fetch('data:image/jpeg;base64,' + picture)).blob());
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext('2d');
        context.drawImage(image, 0, 0);
        const { data } = context.getImageData(0, 0, image.width, image.height);
        let sum = 0;
        for (let at = 0; at < data.length; at += 4) sum += 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
        lumas.push((sum * 4) / data.length);
      }
      return lumas;
    })(${JSON.stringify(pictures)})`);
  } finally {
    await page.close();
  }
}
