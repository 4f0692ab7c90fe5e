/** Reads the bodies of OpenAI's dialect, and refuses by name what this model cannot do. */
import type * as z from 'zod';
import {
  type ChatRequest,
  type CompletionRequest,
  chatRequest,
  completionRequest,
} from '../../../lib/contracts/openai.ts';
import { invalidInput } from '../../../lib/core/index.ts';
import { tokenizeChat } from './chat-prompt.ts';
import { checkTokens } from './check-tokens.ts';
import type { Task } from './generate.ts';
import { convertSchema, type Schema } from './json-schema.ts';
import type { TextModel } from './language-model.ts';
import type { Grammar, GrammarState, Token } from './library.ts';
import { type AnswerReader, createCallReader, createJsonReader, createTextReader } from './readers.ts';
import { readSampling, type Sampling, type SamplingFields } from './sampling.ts';

/** The body of a request. */
export type Body = Readonly<Record<string, unknown>>;

/** Fields that say nothing about the answer. */
const idle = ['user', 'metadata', 'store', 'service_tier', 'safety_identifier', 'prompt_cache_key'];
const shared = [
  ...[
    'model',
    'stream',
    'stream_options',
    'n',
    'stop',
    'max_tokens',
    'logprobs',
    'temperature',
    'top_p',
    'top_k',
  ],
  ...['min_p', 'seed', 'presence_penalty', 'frequency_penalty', 'logit_bias', ...idle],
];
const chatFields = new Set([
  ...[...shared, 'messages', 'max_completion_tokens', 'top_logprobs', 'response_format'],
  ...['tools', 'tool_choice', 'parallel_tool_calls'],
]);
const completionFields = new Set([...shared, 'prompt', 'echo', 'best_of', 'suffix']);

/** OpenAI's limit for the older of the two forms. */
const usualCompletionTokens = 16;
const mostAnswers = 16;

/** Reads the body of a chat. @throws invalid_request naming the field */
export async function readChat(model: TextModel, body: Body, randomSeed: number): Promise<Task> {
  refuseUnknown(body, chatFields);
  const request = parse(chatRequest, body);
  const { tools, choice } = readTools(request);
  const isForced = choice !== 'auto';
  const prompt = tokenizeChat({
    ...{ model: model.model, template: model.template, messages: request.messages, tools, isForced },
  });
  const stops = stopsOf(request);
  return {
    prompts: [prompt],
    answers: answersOf(request),
    limit: request.max_completion_tokens ?? request.max_tokens ?? null,
    sampling: samplingOf(model, body, randomSeed),
    topLogprobs: request.logprobs ? (request.top_logprobs ?? 0) : null,
    newReader:
      tools.length > 0 ? await callReader(model, request, stops) : await plainReader(model, request, stops),
  };
}

/** A request for completions, and the texts that its answers begin with. */
export interface CompletionTask {
  readonly task: Task;
  /** By the place of the prompt; empty texts unless `echo` is asked for. */
  readonly echoes: readonly string[];
}

/** Reads the body of completions. @throws invalid_request naming the field */
export function readCompletion(model: TextModel, body: Body, randomSeed: number): CompletionTask {
  refuseUnknown(body, completionFields);
  const request = parse(completionRequest, body);
  const { suffix, best_of: bestOf, echo, logprobs, n } = request;
  if (suffix) throw cannot('suffix');
  if (bestOf && bestOf !== (n ?? 1)) throw cannot('best_of');
  if (echo && typeof logprobs === 'number') throw cannot('echo', 'together with "logprobs"');
  const prompts = promptsOf(request, model);
  return {
    task: {
      prompts,
      answers: answersOf(request),
      limit: request.max_tokens ?? usualCompletionTokens,
      sampling: samplingOf(model, body, randomSeed),
      topLogprobs: logprobs ?? null,
      newReader: () => createTextReader(stopsOf(request)),
    },
    echoes: prompts.map((tokens) => (echo ? model.model.detokenize(tokens) : '')),
  };
}

/**
 * Checks a body against a schema.
 *
 * @throws invalid_request naming the field
 */
export function parse<Schema extends z.ZodType>(schema: Schema, body: Body): z.output<Schema> {
  const { success, data, error } = schema.safeParse(body);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  const param = path.join('.');
  throw invalidInput(`${param || 'The body'}: ${message}.`, { param });
}

/** Refuses fields that are not known, for they would not be heeded. @throws invalid_request `unsupported_field` */
export function refuseUnknown(body: Body, known: ReadonlySet<string>): void {
  const field = Object.keys(body).find((name) => !known.has(name) && body[name] !== null);
  if (field !== undefined) throw cannot(field);
}

function cannot(field: string, condition = ''): Error {
  return invalidInput(
    `This model cannot do what "${field}" asks for${condition && ` ${condition}`}; leave it out.`,
    { code: 'unsupported_field', param: field },
  );
}

/** The two fields that OpenAI does not have are not checked by its schemas. */
function samplingOf(model: TextModel, body: Body, randomSeed: number): Sampling {
  const { top_k: topK, min_p: minP } = body;
  if (topK != null && !(Number.isInteger(topK) && Number(topK) >= -1)) {
    throw invalidInput('top_k: must be a whole number, 0 for all tokens.', { param: 'top_k' });
  }
  if (minP != null && !(typeof minP === 'number' && minP >= 0 && minP <= 1)) {
    throw invalidInput('min_p: must be a number from 0 to 1.', { param: 'min_p' });
  }
  checkTokens(model.model, Object.keys(body.logit_bias ?? {}).map(Number), 'logit_bias');
  return readSampling(body as SamplingFields, { library: model.library, model: model.model, randomSeed });
}

function answersOf({ n }: { readonly n?: number | null | undefined }): number {
  if ((n ?? 1) > mostAnswers)
    throw invalidInput(`n: this model gives at most ${mostAnswers} answers.`, { param: 'n' });
  return n ?? 1;
}

const stopsOf = ({ stop }: { readonly stop?: string | string[] | null | undefined }): readonly string[] =>
  (typeof stop === 'string' ? [stop] : (stop ?? [])).filter((text) => text !== '');

function promptsOf({ prompt }: CompletionRequest, { model }: TextModel): Token[][] {
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt : [prompt];
  const { bos, shouldPrependBosToken } = model.tokens;
  return (prompts as readonly (string | Token[])[]).map((one) => {
    if (typeof one !== 'string') {
      checkTokens(model, one, 'prompt');
      return one;
    }
    const tokens = model.tokenize(one);
    return shouldPrependBosToken && bos !== null ? [bos, ...tokens] : tokens;
  });
}

type Tools = NonNullable<ChatRequest['tools']>;

/** The tools that may be called, and whether one has to be. */
function readTools({ tools, tool_choice: choice, response_format: format }: ChatRequest): {
  readonly tools: Tools;
  readonly choice: 'auto' | 'required';
} {
  if (!tools?.length || choice === 'none') return { tools: [], choice: 'auto' };
  const odd = tools.findIndex(({ type, function: called }) => type !== 'function' || called === undefined);
  if (odd >= 0)
    throw invalidInput(`tools.${odd}: only functions can be called.`, { param: `tools.${odd}.type` });
  if (format && format.type !== 'text') throw cannot('response_format', 'together with "tools"');
  if (choice === undefined || choice === null || choice === 'auto') return { tools, choice: 'auto' };
  if (choice === 'required') return { tools, choice };
  const name = (choice as { readonly function?: { readonly name?: unknown } }).function?.name;
  const named = tools.filter((tool) => tool.function?.name === name);
  if (named.length > 0) return { tools: named, choice: 'required' };
  throw invalidInput('tool_choice: must name a function of "tools".', { param: 'tool_choice' });
}

async function plainReader(
  model: TextModel,
  { response_format: format }: ChatRequest,
  stops: readonly string[],
): Promise<() => AnswerReader> {
  if (!format || format.type === 'text') return () => createTextReader(stops);
  const newState = stateMaker(model, await grammarOf(model, format));
  return () => createJsonReader(stops, newState());
}

function grammarOf(
  { llama }: TextModel,
  format: NonNullable<ChatRequest['response_format']>,
): Promise<Grammar> {
  if (format.type === 'json_object') return llama.getGrammarFor('json');
  if (format.type !== 'json_schema') throw cannot('response_format', `with the type "${format.type}"`);
  const schema = convertSchema(format.json_schema!.schema, {
    param: 'response_format.json_schema.schema',
    isStrict: true,
  });
  if (schema.type === 'object' || schema.type === 'array') return llama.createGrammarForJsonSchema(schema);
  throw invalidInput('The schema of an answer must be that of an object.', {
    code: 'unsupported_schema',
    param: 'response_format.json_schema.schema.type',
  });
}

const stateMaker =
  ({ library, model }: TextModel, grammar: Grammar) =>
  (): GrammarState =>
    new library.LlamaGrammarEvaluationState({ model, grammar });

async function callReader(
  model: TextModel,
  request: ChatRequest,
  stops: readonly string[],
): Promise<() => AnswerReader> {
  const { tools, choice } = readTools(request);
  const grammar = await model.llama.createGrammarForJsonSchema(callSchema(tools));
  const newState = stateMaker(model, grammar);
  const isParallel = request.parallel_tool_calls !== false;
  return () => createCallReader({ stops, newState, isForced: choice === 'required', isParallel });
}

/** The JSON of a call of one of the tools. */
function callSchema(tools: Tools): Schema {
  const calls = tools.map(({ function: called }, index) => {
    const param = `tools.${index}.function.parameters`;
    const { name, parameters, strict } = called!;
    const schema = convertSchema(parameters ?? { type: 'object' }, { param, isStrict: strict === true });
    return {
      type: 'object',
      properties: { name: { const: name }, arguments: schema },
    };
  });
  return calls.length === 1 ? calls[0]! : { oneOf: calls };
}
