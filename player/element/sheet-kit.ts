/** One chunk: the drawers and their looks. */
export { EpisodeGrid } from './episode-grid.ts';
export { SettingsSheet } from './settings-sheet.ts';
export { sheetStyles } from './sheet-styles.ts';
