/** One line of the route table, and how it is written down. */
import type * as z from 'zod';
import { type Dialect, dialectOf } from '../dialects.ts';

/** What a key must be allowed to do; `none` needs no key. */
export type AuthScope = 'none' | 'predict' | 'read' | 'manage';

/** The functions that answer HTTPS. */
export type HttpFunction = 'predict' | 'generate' | 'control' | 'import';

/** What a request may say besides its path and body, by name. */
export type NamedParameters = Readonly<
  Record<string, { readonly schema: z.ZodType; readonly summary: string }>
>;

/** One line of the route table. */
export interface Route {
  /** Stable name, for logs and the API document. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Path in API Gateway's form: `{name}` is one path part. */
  readonly path: string;
  /** The path as clients write it, where API Gateway's form cannot say it. */
  readonly shownPath?: string;
  /** What may be said after the `?`. */
  readonly query?: NamedParameters;
  /** Headers, by lower-case name, that change what is done; none is needed. */
  readonly headers?: NamedParameters;
  readonly function: HttpFunction;
  /** Follows from method and path. */
  readonly dialect: Dialect;
  readonly scope: AuthScope;
  readonly summary: string;
  readonly request?: z.ZodType;
  /** Content types of the body; JSON if nothing is said. */
  readonly requestTypes?: readonly string[];
  readonly response: z.ZodType;
  /** Content types of the answer; JSON if nothing is said. */
  readonly responseTypes?: readonly string[];
  readonly status: number;
  /** The answer with status 202 to a request that would rather not wait (`Prefer: respond-async`). */
  readonly accepted?: z.ZodType;
  /** True if the answer is sent piece by piece, while it is made. */
  readonly streams?: boolean;
  readonly example?: { readonly request?: unknown; readonly response?: unknown };
}

/** A line with what is not said filled in. */
export const route = (line: Omit<Route, 'dialect' | 'status'> & { readonly status?: number }): Route => ({
  dialect: dialectOf(line.method, line.path),
  status: 200,
  ...line,
});
