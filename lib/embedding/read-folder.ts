/** Reads the folder of an embedding model, as sentence-transformers lays it out. */
import * as z from 'zod';
import type { ArchiveEntry } from '../archive/index.ts';
import { type EmbeddingOverrides, embeddingOverrides, type Pooling } from '../contracts/embedding.ts';
import { importLimits } from '../contracts/index.ts';
import { invalidInput, OnrampError } from '../core/index.ts';

/** What a folder says, with the overrides applied. */
export interface EmbeddingFolder {
  readonly onnx: Uint8Array;
  /** Text of `tokenizer.json`. */
  readonly tokenizer: string;
  /** Null if no file tells. */
  readonly pooling: Pooling | null;
  readonly normalize: boolean;
  readonly maxTokens: number | null;
  readonly truncate: boolean;
  readonly prompts: Readonly<Record<string, string>>;
  readonly defaultPrompt: string | null;
}

/** Of one file that is JSON; the largest tokenizers in use have 35 MB. */
const maxJsonBytes = 67_108_864;

const modules = z.array(z.looseObject({ type: z.string(), path: z.string() }));
const poolingConfig = z.looseObject({
  pooling_mode: z.string().optional(),
  include_prompt: z.boolean().optional(),
});
const transformerConfig = z.looseObject({
  max_seq_length: z.int().nullish(),
  do_lower_case: z.boolean().nullish(),
});
const tokenizerConfig = z.looseObject({ model_max_length: z.number().nullish() });
const promptConfig = z.looseObject({
  prompts: z.record(z.string(), z.string()).nullish(),
  default_prompt_name: z.string().nullish(),
});

/** Without a limit, tokenizers say that it is 10^30. */
const noLimit = 1_000_000;

/** True for the files of an embedding model. */
export const isEmbeddingFolder = (entries: readonly ArchiveEntry[]): boolean =>
  entries.some(({ path }) => /(^|\/)tokenizer\.json$/.test(path));

/**
 * Reads `tokenizer.json`, the ONNX file, and what `modules.json`, the pooling's and the transformer's `config.json`,
 * the prompts and `onramp.json` say of how they are used.
 *
 * @throws invalid_request `invalid_embedding_model` naming the file and what is missing or not supported
 */
export async function readEmbeddingFolder(entries: readonly ArchiveEntry[]): Promise<EmbeddingFolder> {
  const folder = openFolder(entries);
  const overrides = (await folder.json('onramp.json', embeddingOverrides)) ?? {};
  const { poolingMode, isNormalized } = await readModules(folder);
  const transformer = await folder.json('sentence_bert_config.json', transformerConfig);
  if (transformer?.do_lower_case) {
    throw refuseFolder(
      'sentence_bert_config.json: "do_lower_case" is not supported; the tokenizer must do it',
    );
  }
  const { model_max_length: lengthLimit } =
    (await folder.json('tokenizer_config.json', tokenizerConfig)) ?? {};
  const prompts = await folder.json('config_sentence_transformers.json', promptConfig);
  const tokenizerLimit = lengthLimit && lengthLimit < noLimit ? lengthLimit : null;
  return {
    onnx: await readOnnx(folder, overrides),
    tokenizer: await folder.text('tokenizer.json'),
    pooling: overrides.pooling ?? poolingMode,
    normalize: overrides.normalize ?? isNormalized,
    maxTokens: overrides.max_tokens ?? transformer?.max_seq_length ?? tokenizerLimit,
    truncate: overrides.truncate ?? false,
    prompts: overrides.prompts ?? prompts?.prompts ?? {},
    defaultPrompt:
      overrides.default_prompt === undefined
        ? (prompts?.default_prompt_name ?? null)
        : overrides.default_prompt,
  };
}

interface Folder {
  readonly paths: readonly string[];
  read(path: string): Promise<Uint8Array>;
  text(path: string): Promise<string>;
  /** Null if there is no such file. */
  json<T extends z.ZodType>(path: string, schema: T): Promise<z.infer<T> | null>;
}

/** The folder in which `modules.json` or, without one, the uppermost `tokenizer.json` is. */
function openFolder(entries: readonly ArchiveEntry[]): Folder {
  const shortest = (name: string): string | undefined =>
    entries
      .map(({ path }) => path)
      .filter((path) => path === name || path.endsWith(`/${name}`))
      .sort((left, right) => left.split('/').length - right.split('/').length)[0];
  const anchor = shortest('modules.json') ?? shortest('tokenizer.json')!;
  const root = anchor.slice(0, anchor.lastIndexOf('/') + 1);
  const inside = entries.filter(({ path }) => path.startsWith(root));
  const files = new Map(inside.map((entry) => [entry.path.slice(root.length), entry]));
  const read = async (path: string, maxBytes: number = importLimits.fileBytes): Promise<Uint8Array> => {
    const entry = files.get(path);
    if (!entry) throw refuseFolder(`"${path}" is missing`);
    if (entry.sizeBytes > maxBytes) throw tooLarge(path, maxBytes);
    return entry.read();
  };
  const text = async (path: string): Promise<string> =>
    new TextDecoder().decode(await read(path, maxJsonBytes));
  return {
    paths: [...files.keys()],
    read,
    text,
    json: async (path, schema) => (files.has(path) ? parseAs(path, await text(path), schema) : null),
  };
}

function parseAs<T extends z.ZodType>(path: string, text: string, schema: T): z.infer<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuseFolder(`${path} is not valid JSON`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuseFolder(`${path}: ${[issue!.path.join('.'), issue!.message].filter(Boolean).join(': ')}`);
}

/** The steps after the transformer; what is no pooling and no normalising would have to be computed too. */
async function readModules(
  folder: Folder,
): Promise<{ readonly poolingMode: Pooling | null; readonly isNormalized: boolean }> {
  const steps = (await folder.json('modules.json', modules)) ?? [];
  let poolingMode: Pooling | null = null;
  let isNormalized = false;
  for (const { type, path } of steps) {
    const kind = type.split('.').at(-1);
    if (kind === 'Pooling') poolingMode = await readPooling(folder, `${path}/config.json`);
    else if (kind === 'Normalize') isNormalized = true;
    else if (kind !== 'Transformer') throw refuseFolder(`modules.json: a "${kind}" module is not supported`);
  }
  return { poolingMode, isNormalized };
}

/** By the names of sentence-transformers, as text and as the switches that older files have. */
const poolingModes: Readonly<Record<string, Pooling>> = {
  mean: 'mean',
  cls: 'cls',
  lasttoken: 'last',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_cls_token: 'cls',
  pooling_mode_lasttoken: 'last',
};

async function readPooling(folder: Folder, path: string): Promise<Pooling> {
  const config = await folder.json(path, poolingConfig);
  if (config === null) throw refuseFolder(`"${path}" is missing`);
  if (config.include_prompt === false)
    throw refuseFolder(`${path}: "include_prompt": false is not supported`);
  const switches = Object.keys(config).filter(
    (name) => name.startsWith('pooling_mode_') && config[name] === true,
  );
  const modes = config.pooling_mode === undefined ? switches : [config.pooling_mode];
  const [mode = 'none of them', ...more] = modes;
  const pooling = Object.hasOwn(poolingModes, mode) && more.length === 0 ? poolingModes[mode] : undefined;
  if (!pooling) throw refuseFolder(`${path}: pooling by ${modes.join(' and ') || mode} is not supported`);
  return pooling;
}

async function readOnnx(folder: Folder, { model }: EmbeddingOverrides): Promise<Uint8Array> {
  if (model !== undefined) return folder.read(model);
  const files = folder.paths.filter((path) => path.endsWith('.onnx'));
  const usual = ['model.onnx', 'onnx/model.onnx'].find((path) => files.includes(path));
  const file = usual ?? (files.length === 1 ? files[0] : undefined);
  if (file !== undefined) return folder.read(file);
  throw refuseFolder(
    files.length === 0
      ? 'there is no ONNX file: export the model, for example with optimum-cli export onnx'
      : `there are ${files.length} ONNX files; name one in onramp.json, as {"model": "${files[0]}"}`,
  );
}

/** The refusal of a folder that is no embedding model as a whole. */
export const refuseFolder = (problem: string): OnrampError =>
  invalidInput(`The folder of the embedding model: ${problem}.`, { code: 'invalid_embedding_model' });

const tooLarge = (path: string, maxBytes: number): OnrampError =>
  new OnrampError('too_large', `"${path}" has more than ${maxBytes} bytes.`, { code: 'upload_too_large' });
