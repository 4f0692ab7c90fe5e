/** How the operations of control are found, and what they share: checked names, limits, lists. */
import * as z from 'zod';
import { requireName } from '../../lib/access/index.ts';
import { resourceName, versionNumber } from '../../lib/contracts/index.ts';
import type { Endpoints } from '../../lib/endpoint/index.ts';
import type { Invoke } from '../../lib/invoke/index.ts';
import type { ModelSchedules } from '../../lib/schedules/index.ts';
import { type HttpAnswer, type HttpRequest, type Platform, validate } from '../middleware/index.ts';

/** What control works with. */
export interface ControlPlatform extends Platform {
  readonly schedules: ModelSchedules;
  /** Those that the configuration declares; default: this process's own, loaded by the first job for one. */
  readonly openEndpoints?: () => Promise<Pick<Endpoints, 'enqueue'>>;
  /** What asks the function that prepares inputs; default: the one that the environment names. */
  readonly openPrepareFunction?: () => Promise<Invoke>;
}

/** One operation. */
export type Operation = (platform: ControlPlatform, request: HttpRequest) => Promise<HttpAnswer>;

/** Operations by method and path template of the route table, for example `GET /v1/models`. */
export type Operations = Readonly<Record<string, Operation>>;

const runName = z.string().regex(/^[0-9a-f]{16}$/, 'use the id of a run as GET .../runs lists it');
const limitText = z.string().regex(/^[1-9][0-9]{0,2}$|^1000$/, 'use a number from 1 to 1000');
const defaultLimit = 100;

/** The model or data set of the path, checked to be one of the caller's. */
export const modelOf = (request: HttpRequest): string => ownName(request, 'model');
export const datasetOf = (request: HttpRequest): string => ownName(request, 'dataset');

function ownName({ path, access }: HttpRequest, thing: 'model' | 'dataset'): string {
  const name = validate(resourceName, path[thing], thing);
  requireName(access, thing, name);
  return name;
}

/** Other parts of the path, checked. */
export const versionOf = ({ path }: HttpRequest): string => validate(versionNumber, path.version, 'version');
export const runOf = ({ path }: HttpRequest): string => validate(runName, path.run, 'run');

/** `?limit=`: how many entries a list may have; 100 if nothing is said. */
export function limitOf({ query }: HttpRequest): number {
  return query.limit === undefined ? defaultLimit : Number(validate(limitText, query.limit, 'limit'));
}

/** A list as OpenAI's clients expect it; `has_more` tells that `limit` cut it. */
export function listAnswer(items: readonly unknown[], hasMore: boolean): HttpAnswer {
  return { status: 200, body: { object: 'list', data: items, has_more: hasMore } };
}
