/** Reads an OpenAPI document: operations by group, schemas through their references, types in words. */

import type { Content, OpenApi, Operation, WrittenParameter } from '../../scripts/api/document.ts';
import type { JsonSchema } from '../../scripts/api/json-schema.ts';

export type { Content, JsonSchema, OpenApi, Operation, WrittenParameter };

/** One request that can be made. */
export interface Entry {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** The operations of a document in its own order, under the names of its tags. */
export function entriesByTag({
  tags,
  paths,
}: OpenApi): { readonly tag: string; readonly about: string; readonly entries: Entry[] }[] {
  const entries = Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
  return tags.map(({ name, description }) => ({
    tag: name,
    about: description,
    entries: entries.filter(({ operation }) => operation.tags.includes(name)),
  }));
}

/** True if each word of the search is somewhere in the entry. */
export function matches({ id, method, path, operation }: Entry, search: string): boolean {
  const text = `${id} ${method} ${path} ${operation.summary} ${operation.tags.join(' ')}`.toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** What a reference such as `#/components/schemas/ModelCard` points to; anything else is itself. */
export function resolve<T extends object>(document: OpenApi, value: T): T {
  const { $ref } = value as { readonly $ref?: string };
  if ($ref === undefined) return value;
  const steps = $ref.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], document) as T;
}

/** A schema in a few words: `string`, `array of ModelCard`, `number or null`, `"csv" | "parquet"`. */
export function typeLabel(schema: JsonSchema): string {
  const { $ref, const: constant, enum: choices, type, format, items, prefixItems } = schema;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1);
  if (constant !== undefined) return JSON.stringify(constant);
  if (choices) return choices.map((choice) => JSON.stringify(choice)).join(' | ');
  if (alternatives) return [...new Set(alternatives.map(typeLabel))].join(' or ');
  if (type === 'array' && prefixItems) return `array of ${prefixItems.map(typeLabel).join(', ')}`;
  if (type === 'array') return `array of ${typeof items === 'object' ? typeLabel(items) : 'anything'}`;
  if (type === 'object' && !schema.properties) {
    const { additionalProperties: value } = schema;
    return typeof value === 'object' ? `object of ${typeLabel(value)}` : 'object';
  }
  return (Array.isArray(type) ? type.join(' or ') : (type ?? 'anything')) + (format ? ` (${format})` : '');
}

/** What else must hold of a value: bounds, lengths, patterns, the default. */
export function limitsOf(schema: JsonSchema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems, pattern } = schema;
  const fallback = schema.default;
  return [
    minimum !== undefined && `at least ${minimum}`,
    maximum !== undefined && `at most ${maximum}`,
    minLength !== undefined && `${minLength} characters or more`,
    maxLength !== undefined && `${maxLength} characters or fewer`,
    minItems !== undefined && `${minItems} items or more`,
    maxItems !== undefined && `${maxItems} items or fewer`,
    pattern !== undefined && `like ${pattern}`,
    fallback !== undefined && `default ${JSON.stringify(fallback)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** The object schemas with fields that a schema holds, directly, in lists, in maps or as alternatives. */
export function objectsIn(document: OpenApi, schema: JsonSchema): JsonSchema[] {
  const whole = resolve(document, schema);
  const { properties, items, additionalProperties, anyOf, oneOf, prefixItems } = whole;
  if (properties) return [whole];
  const inner = [...(anyOf ?? oneOf ?? prefixItems ?? []), items, additionalProperties];
  return inner.flatMap((one) => (typeof one === 'object' ? objectsIn(document, one) : []));
}
