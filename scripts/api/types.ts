/** Writes the types of the client down: one interface a schema, one entry a route, from the OpenAPI document. */

import type { Content, OpenApi, Operation, WrittenParameter } from './document.ts';
import type { JsonSchema } from './json-schema.ts';

/** What the document does not say of a route. */
export interface RouteNote {
  /** True if the same request may be sent twice. */
  readonly repeatable: boolean;
}

/**
 * The text of the client's module of types.
 *
 * @param notes by operation id; routes that are not noted are left out
 */
export function clientModule(document: OpenApi, notes: Readonly<Record<string, RouteNote>>): string {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) => {
      const note = notes[operation.operationId];
      return note ? [{ path, method: method.toUpperCase(), operation, note }] : [];
    }),
  );
  const shared = reachableSchemas(
    operations.flatMap(({ operation }) => [bodyOf(operation), ...answersOf(operation)]),
    document,
  );
  return [
    '/** The requests and answers of the API; `npm run generate` writes this from the route table. */',
    '// biome-ignore-all format: written by a program',
    ...Object.entries(document.components.schemas)
      .filter(([name]) => shared.has(name))
      .map(([name, schema]) => namedType(name, schema)),
    '/** Routes by their id: what a request carries, and what is answered. */',
    'export interface Operations {',
    ...operations.map(({ operation }) => operationType(operation)),
    '}\n',
    '/** How each route is asked. */',
    'export const addresses = {',
    ...operations.map(
      ({ path, method, operation, note }) =>
        `  ${key(operation.operationId)}: { method: '${method}', path: '${path}', repeatable: ${note.repeatable}, answers: '${answersKind(operation)}' },`,
    ),
    '} as const;\n',
  ].join('\n');
}

/** What comes back: nothing, JSON, or also something other than JSON. */
function answersKind({ responses }: Operation): 'none' | 'json' | 'other' {
  const content = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1].content;
  if (!content) return 'none';
  return Object.keys(content).every((type) => type === 'application/json') ? 'json' : 'other';
}

const bodyOf = ({ requestBody }: Operation): JsonSchema => jsonOf(requestBody?.content) ?? {};

const answersOf = ({ responses }: Operation): JsonSchema[] =>
  Object.entries(responses).flatMap(([status, { content }]) =>
    status.startsWith('2') ? [jsonOf(content) ?? {}] : [],
  );

const jsonOf = (content: Content | undefined): JsonSchema | undefined =>
  content?.['application/json']?.schema;

function reachableSchemas(from: readonly JsonSchema[], { components }: OpenApi): Set<string> {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { $ref } = value as JsonSchema;
    const name = typeof $ref === 'string' ? nameOf($ref) : undefined;
    if (name !== undefined && !found.has(name)) {
      found.add(name);
      visit(components.schemas[name]);
    }
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(from);
  return found;
}

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

function namedType(name: string, schema: JsonSchema): string {
  const comment = schema.description === undefined ? '' : `/** ${schema.description} */\n`;
  return schema.type === 'object' && schema.properties
    ? `${comment}export interface ${name} ${typeOf(schema, '')}\n`
    : `${comment}export type ${name} = ${typeOf(schema, '')};\n`;
}

function operationType(operation: Operation): string {
  const { operationId, summary, parameters = [], requestBody } = operation;
  const within = (place: 'path' | 'query') => parameters.filter((one) => one.in === place);
  const [path, query] = [within('path'), within('query')];
  return [
    `  /** ${summary} */`,
    `  ${key(operationId)}: {`,
    ...(path.length > 0
      ? [`    path: { ${path.map(({ name }) => `${key(name)}: string`).join('; ')} };`]
      : []),
    ...(query.length > 0
      ? [
          `    query${query.some(({ required }) => required) ? '' : '?'}: { ${query.map(queryField).join('; ')} };`,
        ]
      : []),
    ...(requestBody ? [`    body: ${requestType(requestBody.content)};`] : []),
    `    answer: ${answerType(operation)};`,
    ...acceptedType(operation),
    '  };',
  ].join('\n');
}

/** Numbers and switches may be given as such; in an address everything is text. */
function queryField({ name, required, schema }: WrittenParameter): string {
  const { type, enum: choices } = schema;
  const isSwitch = type === 'boolean' || (choices?.length === 2 && choices.includes('true'));
  const written = isSwitch
    ? "boolean | 'true' | 'false'"
    : choices
      ? choices.map((choice) => JSON.stringify(choice).replaceAll('"', "'")).join(' | ')
      : 'string | number';
  return `${key(name)}${required ? '' : '?'}: ${written}${required ? '' : ' | undefined'}`;
}

/** JSON by its schema; what else a route takes goes as text or bytes. */
function requestType(content: Content): string {
  const schema = jsonOf(content);
  const isMore = Object.keys(content).some((type) => type !== 'application/json');
  return [schema && typeOf(schema, '    '), isMore && 'string | Uint8Array'].filter(Boolean).join(' | ');
}

function answerType({ responses }: Operation): string {
  const content = Object.entries(responses).find(([status]) => status.startsWith('2'))?.[1].content ?? {};
  const types = Object.keys(content).map((type) => {
    if (/\bjson$/.test(type)) return typeOf(content[type]!.schema ?? {}, '    ');
    return /^text\/|^image\/svg/.test(type) ? 'string' : 'Uint8Array';
  });
  return [...new Set(types)].join(' | ') || 'undefined';
}

/** What comes instead of the answer where that is not waited for. */
function acceptedType({ responses }: Operation): string[] {
  const [, later] = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  return later ? [`    accepted: ${typeOf(jsonOf(later[1].content) ?? {}, '    ')};`] : [];
}

const literal = (value: unknown): string =>
  typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'` : String(value);

const key = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : literal(name));

/** A schema as a TypeScript type; `indent` is that of the line it begins in. */
export function typeOf(schema: JsonSchema, indent: string): string {
  const { $ref, const: constant, enum: choices, type } = schema;
  const alternatives = schema.anyOf ?? schema.oneOf;
  if ($ref !== undefined) return nameOf($ref);
  if (constant !== undefined) return literal(constant);
  if (choices) return choices.map(literal).join(' | ');
  if (alternatives) return [...new Set(alternatives.map((one) => typeOf(one, indent)))].join(' | ');
  if (schema.allOf) return schema.allOf.map((one) => `(${typeOf(one, indent)})`).join(' & ');
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one }, indent)).join(' | ');
  if (type === 'array') return arrayType(schema, indent);
  if (type === 'object') return objectType(schema, indent);
  if (type === 'integer' || type === 'number') return 'number';
  return type === 'string' || type === 'boolean' || type === 'null' ? type : 'unknown';
}

function arrayType({ prefixItems, items }: JsonSchema, indent: string): string {
  if (prefixItems) return `[${prefixItems.map((one) => typeOf(one, indent)).join(', ')}]`;
  const item = typeof items === 'object' ? typeOf(items, indent) : 'unknown';
  return /^[\w.]+$/.test(item) ? `${item}[]` : `Array<${item}>`;
}

function objectType(schema: JsonSchema, indent: string): string {
  const { properties, required = [], additionalProperties } = schema;
  if (!properties) return recordType(schema, indent);
  const inner = `${indent}  `;
  const fields = Object.entries(properties).map(([name, field]) => {
    const comment = field.description === undefined ? '' : `${inner}/** ${field.description} */\n`;
    const isRequired = required.includes(name);
    return `${comment}${inner}${key(name)}${isRequired ? '' : '?'}: ${typeOf(field, inner)}${isRequired ? '' : ' | undefined'};`;
  });
  const rest = typeof additionalProperties === 'object' ? [`${inner}[field: string]: unknown;`] : [];
  return `{\n${[...fields, ...rest].join('\n')}\n${indent}}`;
}

function recordType({ propertyNames, additionalProperties }: JsonSchema, indent: string): string {
  const value = typeof additionalProperties === 'object' ? typeOf(additionalProperties, indent) : 'unknown';
  const keys = propertyNames ? typeOf(propertyNames, indent) : 'string';
  return keys === 'string' ? `Record<string, ${value}>` : `Partial<Record<${keys}, ${value}>>`;
}
