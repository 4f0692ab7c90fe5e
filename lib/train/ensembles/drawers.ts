/** One checkpoint in drawers, so that each fit within a fit keeps what is its own. */
import { deserialize, serialize } from 'node:v8';
import type { FitCheckpoint } from '../types.ts';

/** The drawers of one checkpoint. */
export interface Drawers {
  /** How long a fit must have taken for its answers to be kept. */
  readonly worthMs: number;
  /** What was laid into a drawer last; null if it is empty. */
  read(name: string): Uint8Array | null;
  /** Lays something into a drawer, and empties another. */
  replace(name: string, content: Uint8Array, emptied: string): Promise<void>;
  /** A drawer as the checkpoint of a fit. */
  checkpoint(name: string): FitCheckpoint;
}

/** Opens what was kept; a checkpoint that cannot be read is empty. */
export async function openDrawers(kept: FitCheckpoint): Promise<Drawers> {
  const { worthMs = 0 } = kept;
  const contents = readContents(await kept.load());
  const save = (): Promise<void> => kept.save(serialize(contents));
  return {
    worthMs,
    read: (name) => contents.get(name) ?? null,
    replace: (name, content, emptied) => {
      contents.delete(emptied);
      contents.set(name, content);
      return save();
    },
    checkpoint: (name) => ({
      load: async () => contents.get(name) ?? null,
      save: (content) => {
        contents.set(name, content);
        return save();
      },
    }),
  };
}

function readContents(bytes: Uint8Array | null): Map<string, Uint8Array> {
  if (!bytes) return new Map();
  try {
    const contents: unknown = deserialize(bytes);
    return contents instanceof Map ? contents : new Map();
  } catch {
    // What another version of Node has written, for example: all is fitted again.
    return new Map();
  }
}
