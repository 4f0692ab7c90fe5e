/** What the process that runs a GGUF model is told by its environment. */
import { invalidInput } from '../../../lib/core/index.ts';

/** Settings of one model's process. */
export interface LlamaSettings {
  /** Path of the GGUF file. */
  readonly modelPath: string;
  readonly port: number;
  /** Tokens that one conversation can hold, question and answer. */
  readonly contextTokens: number;
  /** Answers that are generated at the same time; each has its own part of the memory. */
  readonly sequences: number;
  /** Requests that wait for a free sequence; those beyond are refused. */
  readonly queueLength: number;
  /** `null` leaves one core to the platform. */
  readonly threads: number | null;
}

/**
 * Reads the settings.
 *
 * @throws invalid_request naming the variable
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): LlamaSettings {
  const modelPath = environment.ONRAMP_GGUF;
  if (!modelPath)
    throw invalidInput('ONRAMP_GGUF must be the path of a GGUF file.', { param: 'ONRAMP_GGUF' });
  const read = (name: string, otherwise: number, limits: readonly [number, number]): number => {
    const text = environment[name];
    if (text === undefined || text === '') return otherwise;
    const [lowest, highest] = limits;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value;
    throw invalidInput(`${name} is "${text}"; it must be a whole number from ${lowest} to ${highest}.`, {
      param: name,
    });
  };
  return {
    modelPath,
    port: read('SAGEMAKER_BIND_TO_PORT', 8080, [1, 65_535]),
    contextTokens: read('ONRAMP_GGUF_CONTEXT', 4096, [64, 1_048_576]),
    sequences: read('ONRAMP_GGUF_SEQUENCES', 2, [1, 64]),
    queueLength: read('ONRAMP_GGUF_QUEUE', 32, [0, 10_000]),
    threads: read('ONRAMP_GGUF_THREADS', 0, [0, 512]) || null,
  };
}
