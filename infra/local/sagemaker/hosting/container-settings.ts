/** The process behind an endpoint: the three ways to name it in the user's file, and the command that each comes to. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import * as z from 'zod';
import type { OnrampError } from '../../../../lib/core/index.ts';

/** What a container is started from. */
export interface ContainerSettings {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** On top of what every container gets. */
  readonly environment: Readonly<Record<string, string>>;
  /** The folder that stands for `/opt/ml/model`, `null` for none. */
  readonly modelFolder: string | null;
  /** Where the command runs. */
  readonly workingFolder: string;
}

const text = z.string().min(1, 'must not be empty');

/** What runs behind an endpoint, or behind one of its variants: exactly one of the first three. */
export const containerFields = {
  command: z.array(text).min(1, 'must hold the program to start').optional(),
  gguf: text.optional(),
  container: z.literal(true, 'can only be true').optional(),
  modelFolder: text.optional(),
  environment: z.record(z.string(), z.string()).optional(),
};

const containerEntry = z.object(containerFields);
/** As the file has it. */
export type ContainerEntry = z.output<typeof containerEntry>;

/** What a variant does not say itself it has from its endpoint; a process of its own takes the place of the shared one. */
export function inherit(endpoint: ContainerEntry, own: ContainerEntry): ContainerEntry {
  const { command, gguf, container, modelFolder, environment } = endpoint;
  const hasOwn = [own.command, own.gguf, own.container].some((value) => value !== undefined);
  return {
    ...(!hasOwn && { command, gguf, container }),
    modelFolder,
    ...own,
    environment: { ...environment, ...own.environment },
  };
}

/** Where things are, and how a fault of the file is told. */
export interface ContainerPlaces {
  /** The folder of the file. */
  readonly workingFolder: string;
  /** Folder of what is built. */
  readonly dist: string;
  readonly refuse: (problem: string) => OnrampError;
}

/** Turns each way to name a process into a command. */
export function containerOf(
  { command, gguf, container, modelFolder, environment = {} }: ContainerEntry,
  { workingFolder, dist, refuse }: ContainerPlaces,
): ContainerSettings {
  if ([command, gguf, container].filter((value) => value !== undefined).length !== 1) {
    throw refuse('give it exactly one of "command", "gguf" and "container"');
  }
  const existing = (field: string, path: string): string => {
    const whole = resolve(workingFolder, path);
    if (!existsSync(whole)) throw refuse(`"${field}": ${whole} is not there`);
    return whole;
  };
  const folder = modelFolder === undefined ? null : existing('modelFolder', modelFolder);
  const shared = { environment, modelFolder: folder, workingFolder };
  if (command) return { ...shared, command };
  if (gguf !== undefined) {
    return {
      ...shared,
      command: [process.execPath, resolve(dist, 'platform', 'llama.js')],
      environment: { ONRAMP_GGUF: existing('gguf', gguf), ...environment },
    };
  }
  return { ...shared, command: [process.execPath, resolve(dist, 'container', 'main.js'), 'serve'] };
}
