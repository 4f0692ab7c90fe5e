/** The types of a call, which follow from the route table by the route's id. */
import type { Operations } from './generated/api.ts';

/** A route by its id in the route table. */
export type OperationId = keyof Operations;

/** What a route answers. */
export type Answer<Id extends OperationId> = Operations[Id]['answer'];

/** What a request carries: the parts of the path, the query and the body that its route has, and what any call may say. */
export type CallOptions<Id extends OperationId> = Sent<Omit<Operations[Id], 'answer' | 'accepted'>> &
  CommonOptions;

/** What any call may say. */
export interface CommonOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the call early; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Options, which may be left out where a route needs none. */
export type CallArguments<Id extends OperationId> =
  Record<never, never> extends CallOptions<Id> ? [options?: CallOptions<Id>] : [options: CallOptions<Id>];

/** What is sent is only read. */
export type Sent<T> = T extends string | Uint8Array
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Sent<Item>[]
    : T extends object
      ? { readonly [Field in keyof T]: Sent<T[Field]> }
      : T;

/** A call as it is carried out, its types forgotten. */
export interface PlainCall extends CommonOptions {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
}
