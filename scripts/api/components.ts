/** Turns the zod schemas of the contracts into JSON Schemas that share what has a name. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import type { ContractFile } from './comments.ts';
import { innerSchemas, type JsonSchema, tidy } from './json-schema.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const prefix = '#/components/schemas/';

/** Schemas by the name they have in the document. */
export type NamedSchemas = ReadonlyMap<z.ZodType, string>;

/** Every file of `lib/contracts` with what it exports. */
export async function readContracts(): Promise<ContractFile[]> {
  const paths = globSync('lib/contracts/**/*.ts', { cwd: root }).sort();
  return Promise.all(
    paths.map(async (file) => {
      const path = join(root, file);
      return { path, exports: await import(pathToFileURL(path).href) };
    }),
  );
}

/** The exported schemas: `modelCard` is called `ModelCard`. */
export function namedSchemas(files: readonly ContractFile[]): NamedSchemas {
  const names = new Map<z.ZodType, string>();
  const owners = new Map<string, z.ZodType>();
  for (const { path, exports } of files) {
    for (const [key, value] of Object.entries(exports)) {
      if (!(value instanceof z.ZodType)) continue;
      const name = key[0]!.toUpperCase() + key.slice(1);
      const owner = owners.get(name) ?? value;
      if (owner !== value) throw new Error(`${path}: another schema is called "${key}" already; rename one`);
      owners.set(name, value);
      names.set(value, name);
    }
  }
  return names;
}

/** Where a field of an object schema is described, if it is. */
export type FieldDescriptions = (schema: z.ZodType, field: string) => string | undefined;

/** JSON Schemas of some zod schemas. */
export interface Components {
  /** The JSON Schema of a schema that was given: a reference where it has a name. */
  schemaOf(schema: z.ZodType): JsonSchema;
  /** Named schemas that the given ones lead to, by name. */
  readonly shared: Readonly<Record<string, JsonSchema>>;
}

/** Writes schemas down, as what a client sends and is sent. */
export function createComponents(
  schemas: readonly z.ZodType[],
  names: NamedSchemas,
  describe: FieldDescriptions = () => undefined,
): Components {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of names) registry.add(schema, { id });
  const unnamed = [...new Set(schemas)].filter((schema) => !names.has(schema));
  for (const [index, schema] of unnamed.entries()) registry.add(schema, { id: `unnamed ${index}` });
  const { schemas: written } = z.toJSONSchema(registry, {
    uri: (id) => `${prefix}${id}`,
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) =>
      describeFields(zodSchema as unknown as z.ZodType, jsonSchema as JsonSchema, describe),
  });
  const all = written as unknown as Record<string, JsonSchema>;
  for (const schema of Object.values(all)) tidy(schema);
  const schemaOf = (schema: z.ZodType): JsonSchema => {
    const name = names.get(schema);
    return name === undefined ? all[`unnamed ${unnamed.indexOf(schema)}`]! : { $ref: `${prefix}${name}` };
  };
  return { schemaOf, shared: reachable(schemas.map(schemaOf), all) };
}

/** Fields are copied: where two have the same schema, zod gives both the same object. */
function describeFields(schema: z.ZodType, { properties }: JsonSchema, describe: FieldDescriptions): void {
  for (const [field, inner] of Object.entries(properties ?? {})) {
    const text = describe(schema, field);
    if (text !== undefined) properties![field] = { description: text, ...inner };
  }
}

/** The named schemas that some schemas refer to, directly or by others. */
function reachable(
  from: readonly JsonSchema[],
  all: Readonly<Record<string, JsonSchema>>,
): Record<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const visit = (schema: JsonSchema): void => {
    const name = schema.$ref?.slice(prefix.length);
    if (name !== undefined && !found.has(name)) {
      found.set(name, all[name]!);
      visit(all[name]!);
    }
    for (const inner of innerSchemas(schema)) visit(inner);
  };
  for (const schema of from) visit(schema);
  return Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}
