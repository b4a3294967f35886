/** Parts of the player that are fetched when they are needed, over networks that are gone for a moment. */

/** "Failed to fetch dynamically imported module: https://…" in Chromium, "error loading dynamically imported module: …" in Firefox. */
const NATIVE_FAILURE = /module: (\S+)/;

/** Makes each address a new one. */
let tries = 0;

/**
 * As `load`, an `import()`; one that fails is tried once more at once, under another address. For browsers keep a failed
 * import for the life of the page (HTML's module map; Chromium 150 and 153, measured), so that the same address would
 * fail for good, whatever the network does meanwhile. Rejects as `load` does.
 *
 * A bundler's own loader has its own errors and its own ways, and Safari does not name the address: there it is as `load`.
 */
export async function importAgain<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const address = NATIVE_FAILURE.exec(String(error))?.[1];
    if (address === undefined) throw error;
    // A fragment makes another module of it, and the same file for every cache.
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ `${address}#${++tries}`)) as Module;
  }
}
