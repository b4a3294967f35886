/** The small window that stays on top. It follows the viewer from episode to episode. */
export function canPictureInPicture(): boolean {
  return document.pictureInPictureEnabled === true;
}

/** Asked of the tree that it is in: to the document a video in a shadow root is its host. */
export function isInPicture(video: HTMLVideoElement | null): boolean {
  const tree = video?.getRootNode();
  const isTree = tree instanceof Document || tree instanceof ShadowRoot;
  return isTree && tree.pictureInPictureElement === video;
}

export async function togglePictureInPicture(video: HTMLVideoElement | null): Promise<boolean> {
  try {
    if (document.pictureInPictureElement) await document.exitPictureInPicture();
    else await video?.requestPictureInPicture();
    return true;
  } catch {
    return false;
  }
}

/** Allowed without a gesture while a window is open already; refused, the episode goes on in the page. */
export function followInPicture(before: HTMLVideoElement | null, video: HTMLVideoElement | null): void {
  if (video === null || before === video || !isInPicture(before)) return;
  const move = (): void => void video.requestPictureInPicture().catch(() => undefined);
  if (video.readyState >= HTMLMediaElement.HAVE_METADATA) move();
  else video.addEventListener('loadedmetadata', move, { once: true });
}
