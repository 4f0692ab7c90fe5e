/** Which request bodies API Gateway checks before a function runs, and by which schema. */
import * as z from 'zod';
import type { HttpFunction, Route } from '../../lib/contracts/routes.ts';

/** A schema of draft 04, which is what API Gateway's models are written in. */
export type BodySchema = Readonly<Record<string, unknown>>;

/**
 * The schema that a route's bodies are held to, or `null` where the function alone judges them.
 *
 * API Gateway refuses in one shape, the native one, and only knows bodies of one content type. So it checks the routes of
 * the native dialect that take nothing but JSON. It leaves alone what a route takes for a model: rows are read by a loop
 * that names the row and the column, and may be of any size; conversations are refused with the field in `param`, as
 * OpenAI's clients want it.
 */
export function bodySchemaOf(route: Route): BodySchema | null {
  const { request, dialect, requestTypes, function: handler } = route;
  const isChecked = request && dialect === 'native' && !requestTypes && !judges.has(handler);
  return isChecked ? draft04(request) : null;
}

/** Functions that judge their bodies alone. */
const judges: ReadonlySet<HttpFunction> = new Set(['predict', 'generate']);

function draft04(schema: z.ZodType): BodySchema {
  // What a caller writes, before defaults are filled in; what the dialect cannot say is left to the function.
  const { '~standard': _, ...plain } = z.toJSONSchema(schema, {
    target: 'draft-04',
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  }) as Record<string, unknown>;
  return withoutForeignWords(plain) as BodySchema;
}

/** Draft 04 has no `propertyNames`; what records say by it, the function checks. */
function withoutForeignWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutForeignWords);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) =>
      name === 'propertyNames' && typeof inner === 'object' ? [] : [[name, withoutForeignWords(inner)]],
    ),
  );
}
