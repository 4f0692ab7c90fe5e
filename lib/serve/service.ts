/** What every dialect works with: a request without its transport, the models, and the answer. */
import type { Access } from '../access/index.ts';
import type { EndpointModel, EndpointModels } from '../contracts/endpoint-models.ts';
import { isResourceName, isVersionNumber } from '../contracts/name-patterns.ts';
import type { PictureDecoder } from '../contracts/preparation.ts';
import { type Clock, invalidInput, type OnrampError } from '../core/index.ts';
import type { Endpoints } from '../endpoint/types.ts';
import type { ObjectStore } from '../storage/index.ts';
import type { Models } from './model-cache.ts';

/** A request as the edge hands it over. */
export interface ServeRequest {
  readonly method: string;
  /** Path template of the route table. */
  readonly route: string;
  readonly path: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly requestId: string;
  /** Who asks. */
  readonly access: Access;
  readonly body: { text(): string; bytes(): Uint8Array };
  /** A header by its lower-case name. */
  header(name: string): string | undefined;
  /** Milliseconds for which the answer is still waited for; left out where nobody says. */
  readonly leftMs?: () => number;
}

/** An answer; JSON unless a `content-type` header says otherwise. */
export interface ServeAnswer {
  readonly status: number;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** For the log line and the usage: at least the model, its version and the rows, if a model was asked. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Models behind endpoints, by their name in the API, and what asks them. */
export interface LargeModels {
  readonly models: EndpointModels;
  /** What asks one of them; loaded and connected with the first call. */
  endpoints(declared: EndpointModel): Promise<Endpoints>;
}

/** What the operations share. */
export interface ServeContext {
  readonly cache: Models;
  readonly clock: Clock;
  readonly artifacts: ObjectStore;
  /** The model that is asked where a dialect names none. */
  readonly defaultModel?: string;
  readonly large?: LargeModels;
  /** Decodes pictures, in a function of its own; left out where there is none. */
  readonly decodePictures?: PictureDecoder;
}

/** Answers one route. */
export type ServeOperation = (context: ServeContext, request: ServeRequest) => Promise<ServeAnswer>;

/** Operations by method and path template, for example `POST /v2/models/{model}/infer`. */
export type ServeOperations = Readonly<Record<string, ServeOperation>>;

/** What is done with an answer that is not a finite number: refused, or written as `null` or as text. */
export type NonFinitePolicy = 'error' | 'null' | 'string';

/** What a client may ask for in every dialect. */
export interface ServeOptions {
  /** Data unlike those of the training are an error, not a warning. */
  readonly strict: boolean;
  readonly nonFinite: NonFinitePolicy;
}

const nonFinitePolicies: readonly NonFinitePolicy[] = ['error', 'null', 'string'];

/**
 * Reads `strict` and `non_finite` from the query or from a dialect's own parameters.
 *
 * @throws invalid_request `invalid_field`
 */
export function serveOptions(parameters: Readonly<Record<string, unknown>>): ServeOptions {
  const { strict = false, non_finite: nonFinite = 'error' } = parameters;
  if (strict !== true && strict !== false && strict !== 'true' && strict !== 'false') {
    throw wrongOption('strict', '"true" or "false"');
  }
  if (!nonFinitePolicies.includes(nonFinite as NonFinitePolicy)) {
    throw wrongOption('non_finite', '"error", "null" or "string"');
  }
  return { strict: strict === true || strict === 'true', nonFinite: nonFinite as NonFinitePolicy };
}

/** The model that is asked, checked: both names become parts of S3 keys. */
export function modelAsked(
  model: string | undefined,
  version: string | undefined,
): { readonly model: string; readonly version?: string } {
  if (!isResourceName(model)) {
    throw invalidInput(
      `"${model ?? ''}" is not the name of a model: 1 to 63 lower-case letters, digits, ".", "_" or "-".`,
      { code: 'invalid_field', param: 'model' },
    );
  }
  if (version !== undefined && !isVersionNumber(version)) {
    throw invalidInput(`"${version}" is not a version; versions are the numbers 1, 2, 3, ...`, {
      code: 'invalid_field',
      param: 'version',
    });
  }
  return { model: model!, ...(version !== undefined && { version }) };
}

const wrongOption = (param: string, choices: string): OnrampError =>
  invalidInput(`"${param}" must be ${choices}.`, { code: 'invalid_field', param });
