/** JSON Schema, as far as the contracts use it, and how schemas are simplified. */

/** A schema of draft 2020-12, the dialect of OpenAPI 3.1. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  title?: string;
  format?: string;
  pattern?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  items?: JsonSchema | boolean;
  prefixItems?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  [keyword: string]: unknown;
}

/** The schemas directly inside a schema. */
export function innerSchemas(schema: JsonSchema): JsonSchema[] {
  const { properties, items, additionalProperties, propertyNames } = schema;
  const lists = [schema.prefixItems, schema.anyOf, schema.oneOf, schema.allOf];
  return [
    ...Object.values(properties ?? {}),
    ...lists.flatMap((list) => list ?? []),
    ...[items, additionalProperties, propertyNames].filter((one) => typeof one === 'object'),
  ];
}

/** Takes out, in place, what says nothing to a reader: bounds of safe integers, patterns beside a format, "any text" as keys. */
export function tidy(schema: JsonSchema): JsonSchema {
  delete schema.$schema;
  delete schema.$id;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.propertyNames?.type === 'string' && Object.keys(schema.propertyNames).length === 1) {
    delete schema.propertyNames;
  }
  // A choice between anything and something is anything.
  if (schema.anyOf?.some((choice) => Object.keys(choice).length === 0)) delete schema.anyOf;
  for (const inner of innerSchemas(schema)) tidy(inner);
  return schema;
}
