/** Models that answer behind SageMaker endpoints: what the functions are told of them, in one variable. */
import { internal, isRecord } from '../core/index.ts';
import { type ImageInput, imageInputProblem } from './image-input.ts';
import { isResourceName, sageMakerNamePattern } from './name-patterns.ts';

/**
 * How an endpoint is run: instances that are always on, none between requests, or a queue before instances that may be
 * none at all.
 */
export const endpointKinds = ['real-time', 'serverless', 'async'] as const;
export type EndpointKind = (typeof endpointKinds)[number];

/**
 * What the container behind an endpoint understands at `/invocations`: OpenAI's bodies (vLLM, LMI), those of Hugging
 * Face's inference containers, those of Onramp's own image (every dialect of predict), or whatever its callers send.
 */
export const endpointProtocols = ['openai', 'huggingface', 'onramp', 'raw'] as const;
export type EndpointProtocol = (typeof endpointProtocols)[number];

/**
 * What is done with the body of `POST /v1/models/{model}/predict` before the container gets it: the preprocessing of a
 * published model turns rows into a matrix, the tokenizer of an embedding model texts into tokens, or pictures are decoded
 * and resized.
 */
export type EndpointInput =
  | { readonly transform: string; readonly format?: 'json' | 'csv' }
  | { readonly tokenizer: string }
  | { readonly image: ImageInput };

/** One model that is not ours to run. */
export interface EndpointModel {
  /** Its name in the API. */
  readonly model: string;
  /** Name of the SageMaker endpoint. */
  readonly endpoint: string;
  readonly kind: EndpointKind;
  readonly speaks: EndpointProtocol;
  /** What the container calls the model, if not by its name in the API. */
  readonly servedName?: string;
  /** The inference component that is asked, where the endpoint hosts its model as one: then it can have no instance. */
  readonly component?: string;
  /** Without it the container gets what callers send. */
  readonly input?: EndpointInput;
  /** Price of one instance, for estimates; absent where it is not known. */
  readonly usdPerHour?: number;
}

/** By the model's name in the API. */
export type EndpointModels = ReadonlyMap<string, EndpointModel>;

/**
 * Reads the variable `ONRAMP_ENDPOINTS`.
 *
 * @param text JSON: `{"<model>": {"endpoint": "...", "kind": "real-time", "speaks": "openai", ...}}`; empty for none
 * @param setting what the text is called, for the message
 * @throws internal `environment_invalid` naming the setting, the model and the field
 */
export function parseEndpointModels(text: string, setting: string): EndpointModels {
  if (text === '') return new Map();
  const refuse = (problem: string) => internal(`${setting}: ${problem}.`, { code: 'environment_invalid' });
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    throw refuse('is not valid JSON; give it an object with the names of models as fields');
  }
  if (!isRecord(given)) throw refuse('must be a JSON object with the names of models as fields');
  return new Map(
    Object.entries(given).map(([model, entry]) => {
      if (!isResourceName(model)) throw refuse(`"${model}" is not the name of a model`);
      if (!isRecord(entry)) throw refuse(`model "${model}" must be an object`);
      const problem = problemOf(entry);
      if (problem !== null) throw refuse(`model "${model}": ${problem}`);
      return [model, { ...entry, model } as unknown as EndpointModel];
    }),
  );
}

function problemOf({
  endpoint,
  kind,
  speaks,
  servedName,
  component,
  input,
  usdPerHour,
}: Entry): string | null {
  if (typeof endpoint !== 'string' || !sageMakerNamePattern.test(endpoint)) {
    return '"endpoint" must be the name of a SageMaker endpoint';
  }
  if (!endpointKinds.includes(kind as EndpointKind)) return `"kind" must be ${choices(endpointKinds)}`;
  if (!endpointProtocols.includes(speaks as EndpointProtocol)) {
    return `"speaks" must be ${choices(endpointProtocols)}`;
  }
  if (servedName !== undefined && typeof servedName !== 'string') return '"servedName" must be a text';
  if (component !== undefined && !(typeof component === 'string' && sageMakerNamePattern.test(component))) {
    return '"component" must be the name of an inference component';
  }
  const inputProblem = input === undefined ? null : inputProblemOf(input);
  if (inputProblem !== null) return `"input" must be ${inputProblem}`;
  if (usdPerHour !== undefined && !(typeof usdPerHour === 'number' && usdPerHour >= 0)) {
    return '"usdPerHour" must be a number from 0';
  }
  return null;
}

const inputForms =
  '{"transform": "<model>", "format": "json" | "csv"}, {"tokenizer": "<embedding model>"} or {"image": {...}}';

function inputProblemOf(input: unknown): string | null {
  if (isRecord(input) && input.image !== undefined && Object.keys(input).length === 1) {
    const problem = imageInputProblem(input.image);
    return problem === null ? null : `{"image": {...}}: ${problem}`;
  }
  return isNamed(input) ? null : inputForms;
}

function isNamed(input: unknown): boolean {
  if (!isRecord(input)) return false;
  const { transform, format = 'json', tokenizer, ...rest } = input;
  if (Object.keys(rest).length > 0 || (transform === undefined) === (tokenizer === undefined)) return false;
  return isResourceName(transform ?? tokenizer) && (format === 'json' || format === 'csv');
}

type Entry = Readonly<Record<string, unknown>>;

const choices = (values: readonly string[]): string => values.map((value) => `"${value}"`).join(' or ');
