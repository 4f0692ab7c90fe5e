/** From JSON schemas as OpenAI's dialect sends them to those that the library makes grammars of. */
import { invalidInput, isRecord } from '../../../lib/core/index.ts';

/** A JSON schema, of either side. */
export type Schema = Readonly<Record<string, unknown>>;

/** Where a schema stands, and what becomes of the rules in it that no grammar can hold. */
export interface SchemaOptions {
  /** Name of the field, for messages. */
  readonly param: string;
  /** Refuses them; otherwise the model knows of them from its prompt alone. */
  readonly isStrict: boolean;
}

/** Says nothing about what is valid. */
const annotations = new Set([
  ...['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['$schema', '$id', '$comment'],
]);

/** What a grammar holds of each type. */
const keywordsOfType: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'format'],
  number: [],
  integer: [],
  boolean: [],
  null: [],
};
const formats = ['date-time', 'date', 'time'];
/** Any of these, where a schema says nothing. */
const anyTypes = ['string', 'number', 'boolean', 'null', 'array', 'object'];
const definitionsPrefix = '#/$defs/';

/**
 * The schema for the library's grammar. All properties of objects are generated, the optional ones too, and no others
 * unless `additionalProperties` asks for them; what is generated is valid by the given schema.
 *
 * @throws invalid_request `unsupported_schema` naming the keyword and where it stands
 */
export function convertSchema(schema: unknown, options: SchemaOptions): Schema {
  return convert(schema, { ...options, definitions: definitionsOf(schema) });
}

interface Place extends SchemaOptions {
  readonly definitions: Schema;
}

const definitionsOf = (schema: unknown): Schema =>
  isRecord(schema) && isRecord(schema.$defs) ? schema.$defs : {};

const below = (place: Place, name: string): Place => ({ ...place, param: `${place.param}.${name}` });

function refusal({ param }: Place, problem: string): Error {
  return invalidInput(`${param} ${problem}.`, { code: 'unsupported_schema', param });
}

function convert(schema: unknown, place: Place): Schema {
  if (schema === true) return anyValue;
  if (!isRecord(schema)) throw refusal(place, 'must be a JSON schema that allows something');
  const { $defs, ...rest } = schema;
  const converted = convertOne(rest, place);
  if (!isRecord($defs)) return converted;
  return { ...converted, $defs: convertAll($defs, below(place, '$defs')) };
}

const anyValue: Schema = { oneOf: anyTypes.map((type) => anyOfType(type)) };

function anyOfType(type: string): Schema {
  return { type, ...(type === 'object' && { additionalProperties: true }) };
}

const convertAll = (schemas: Schema, place: Place): Schema =>
  Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, convert(schema, below(place, name))]),
  );

function convertOne(schema: Schema, place: Place): Schema {
  const { $ref: reference, anyOf, oneOf, type, enum: values, ...rest } = schema;
  const isConst = 'const' in schema;
  if (reference !== undefined) return refuseOthers(rest, place, [], convertReference(reference, place));
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) {
    const converted = choices.map((one, index) =>
      convert(one, below(place, `${anyOf ? 'anyOf' : 'oneOf'}.${index}`)),
    );
    return refuseOthers(rest, place, [], { oneOf: converted });
  }
  if (isConst)
    return refuseOthers(rest, place, ['const'], { const: literal(schema.const, below(place, 'const')) });
  if (Array.isArray(values)) {
    const literals = values.map((value, index) => literal(value, below(place, `enum.${index}`)));
    return refuseOthers(rest, place, [], { enum: literals });
  }
  const types = typesOf(schema);
  if (types.length === 0) return refuseOthers(rest, place, [], anyValue);
  const converted = types.map((one) => convertType(one, rest, place));
  refuseOthers(
    rest,
    place,
    types.flatMap((one) => keywordsOfType[one] ?? []),
    {},
  );
  return converted.length === 1 ? converted[0]! : { oneOf: converted };
}

/** Types that are named, or that a keyword speaks of. */
function typesOf({ type, ...schema }: Schema): readonly string[] {
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return type.filter((one) => typeof one === 'string');
  if ('properties' in schema || 'additionalProperties' in schema) return ['object'];
  return 'items' in schema || 'prefixItems' in schema ? ['array'] : [];
}

/** A schema whose remaining keywords are checked: they must say nothing that would be lost. */
function refuseOthers(rest: Schema, place: Place, known: readonly string[], converted: Schema): Schema {
  const other = Object.keys(rest).find((name) => !annotations.has(name) && !known.includes(name));
  if (other === undefined || !place.isStrict) return converted;
  throw refusal(below(place, other), 'is a rule that this model cannot be held to; leave it out');
}

function convertReference(reference: unknown, place: Place): Schema {
  const name = String(reference).replace(definitionsPrefix, '');
  if (String(reference).startsWith(definitionsPrefix) && name in place.definitions)
    return { $ref: reference };
  throw refusal(
    below(place, '$ref'),
    `must name a schema in "$defs" of the outermost schema: "${definitionsPrefix}..."`,
  );
}

function literal(value: unknown, place: Place): string | number | boolean | null {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as string;
  throw refusal(place, 'must be a text, a number, true, false or null');
}

function convertType(type: string, schema: Schema, place: Place): Schema {
  if (type === 'object') return convertObject(schema, place);
  if (type === 'array') return convertArray(schema, place);
  if (type === 'string') return convertText(schema, place);
  if (type in keywordsOfType) return { type };
  throw refusal(below(place, 'type'), `is none that JSON has: "${type}"`);
}

function convertObject(schema: Schema, place: Place): Schema {
  const { properties = {}, required = [], additionalProperties, minProperties, maxProperties } = schema;
  if (!isRecord(properties)) throw refusal(below(place, 'properties'), 'must be an object');
  const missing = Array.isArray(required) && required.find((name) => !(String(name) in properties));
  if (missing)
    throw refusal(below(place, 'required'), `names "${missing}", which is not among the properties`);
  const isFree = additionalProperties === undefined && Object.keys(properties).length === 0;
  return {
    type: 'object',
    properties: convertAll(properties, below(place, 'properties')),
    ...(isFree && { additionalProperties: true }),
    ...(typeof additionalProperties === 'boolean' && { additionalProperties }),
    ...(isRecord(additionalProperties) && {
      additionalProperties: convert(additionalProperties, below(place, 'additionalProperties')),
    }),
    ...numbers({ minProperties, maxProperties }),
  };
}

function convertArray(schema: Schema, place: Place): Schema {
  const { items, prefixItems, minItems, maxItems } = schema;
  return {
    type: 'array',
    items: items === undefined ? anyValue : convert(items, below(place, 'items')),
    ...(Array.isArray(prefixItems) && {
      prefixItems: prefixItems.map((item, index) => convert(item, below(place, `prefixItems.${index}`))),
    }),
    ...numbers({ minItems, maxItems }),
  };
}

function convertText(schema: Schema, place: Place): Schema {
  const { minLength, maxLength, format } = schema;
  if (format !== undefined && formats.includes(String(format))) return { type: 'string', format };
  if (format !== undefined && place.isStrict) {
    throw refusal(below(place, 'format'), `must be one of ${formats.join(', ')} for this model`);
  }
  return { type: 'string', ...numbers({ minLength, maxLength }) };
}

const numbers = (fields: Schema): Schema =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value === 'number'));
