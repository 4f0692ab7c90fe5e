/** Every command, in the order of the help. */
import type { Command } from '../command.ts';
import { cancelCommand } from './cancel.ts';
import { costCommand } from './cost.ts';
import { datasetsCommand } from './datasets.ts';
import { forecastCommand } from './forecast.ts';
import { importCommand } from './import.ts';
import { batchCommand, jobsCommand } from './jobs.ts';
import { logsCommand } from './logs.ts';
import { deleteCommand, modelCommand, modelsCommand } from './models.ts';
import { packageCommand } from './package.ts';
import { predictCommand } from './predict.ts';
import { pushCommand } from './push.ts';
import { evaluationsCommand, retrainCommand, runsCommand } from './runs.ts';
import { usageCommand } from './usage.ts';
import { promoteCommand, rollbackCommand } from './versions.ts';

export const commands: readonly Command[] = [
  pushCommand,
  importCommand,
  predictCommand,
  forecastCommand,
  batchCommand,
  jobsCommand,
  cancelCommand,
  modelsCommand,
  modelCommand,
  costCommand,
  usageCommand,
  runsCommand,
  logsCommand,
  evaluationsCommand,
  packageCommand,
  promoteCommand,
  rollbackCommand,
  retrainCommand,
  datasetsCommand,
  deleteCommand,
];
