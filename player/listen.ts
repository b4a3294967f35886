/** Listens to all of these. Returns how to stop. */
export function listen(target: EventTarget, listeners: Readonly<Record<string, () => void>>): () => void {
  const entries = Object.entries(listeners);
  for (const [name, listener] of entries) target.addEventListener(name, listener);
  return () => {
    for (const [name, listener] of entries) target.removeEventListener(name, listener);
  };
}
