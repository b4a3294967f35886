import type { Command } from '../command.ts';
import { doctorCommand } from './doctor.ts';
import { episodeCommands } from './episode.ts';
import { importCommand } from './import.ts';
import { seriesCommands } from './series.ts';
import { statsCommand } from './stats.ts';
import { viewerCommands } from './viewers.ts';

export const COMMANDS: readonly Command[] = [
  importCommand,
  ...seriesCommands,
  ...episodeCommands,
  ...viewerCommands,
  statsCommand,
  doctorCommand,
];
