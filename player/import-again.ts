/** Parts of the player that are fetched when they are needed, over networks that are gone for a moment. */

/** "Failed to fetch dynamically imported module: https://…" in Chromium, "error loading dynamically imported module: …" in Firefox. */
const BEFORE_ADDRESS = 'module: ';

/**
 * As `load`, an `import()`; one that fails is tried once more at once, under another address. For Chromium keeps a failed
 * import for the life of the page (150 and 153, measured; the HTML standard has not since July 2026), so that the same
 * address would fail for good, whatever the network does meanwhile. Rejects as `load` does.
 *
 * `name` is what the module has to export: where a bundler has put it into a chunk with others, the address is the chunk's.
 * A bundler's own loader has its own errors and its own ways, and Safari does not name the address: there it is as `load`.
 */
export async function importAgain<Module extends object>(
  load: () => Promise<Module>,
  name: keyof Module & string,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    const address = String(error).split(BEFORE_ADDRESS)[1];
    // A fragment that no other try had makes another module of it, and the same file for every cache.
    const again = `${address}#${performance.now()}`;
    const module = address && ((await import(/* webpackIgnore: true */ /* @vite-ignore */ again)) as Module);
    if (module && name in module) return module;
    throw error;
  }
}
