/** Reads the doc comments of the contracts' fields, so that the document says what the code says, written once. */
import { readFileSync } from 'node:fs';
import ts from 'typescript6';
import * as z from 'zod';
import type { FieldDescriptions } from './components.ts';

type Objects = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

/** A file of contracts: where it is, and what it exports. */
export interface ContractFile {
  readonly path: string;
  readonly exports: Readonly<Record<string, unknown>>;
}

/** What is known of a field: its comment, empty if it has none. */
type Note = (owner: z.ZodType, name: string, field: z.ZodType, text: string) => void;

/** Descriptions by field: the comment before `name: z.something()`, also where another schema takes the field over. */
export function readFieldComments(files: readonly ContractFile[]): FieldDescriptions {
  const own = new Map<z.ZodType, Map<string, string>>();
  const anywhere = new Map<z.ZodType, Map<string, string>>();
  const record: Note = (owner, name, field, text) => {
    put(own, owner, name, text);
    if (text !== '') put(anywhere, field, name, text);
  };
  for (const { path, exports } of files) {
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    for (const statement of source.statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name, initializer } of statement.declarationList.declarations) {
        const schema = exports[name.getText()];
        if (initializer && schema instanceof z.ZodType) readFields(initializer, schema, record);
      }
    }
  }
  return (schema, name) => {
    const field = schema instanceof z.ZodObject ? (schema as Objects).shape[name] : undefined;
    const text = own.get(schema)?.get(name) ?? (field && anywhere.get(field)?.get(name));
    return text === '' ? undefined : text;
  };
}

function put(map: Map<z.ZodType, Map<string, string>>, key: z.ZodType, name: string, text: string): void {
  map.set(key, (map.get(key) ?? new Map<string, string>()).set(name, text));
}

/** Walks the text of a schema and the schema itself side by side. */
function readFields(node: ts.Node, schema: z.ZodType, record: Note): void {
  if (!ts.isObjectLiteralExpression(node)) {
    ts.forEachChild(node, (child) => readFields(child, schema, record));
    return;
  }
  const properties = node.properties.filter(ts.isPropertyAssignment);
  const names = properties.map(({ name }) => name.getText());
  const target = objectsWithin(schema).find(({ shape }) => names.every((name) => name in shape));
  if (!target) return;
  for (const [index, property] of properties.entries()) {
    const field = target.shape[names[index]!]!;
    record(target, names[index]!, field, commentOf(property));
    readFields(property.initializer, field, record);
  }
}

function commentOf(node: ts.Node): string {
  const comments = ts
    .getJSDocCommentsAndTags(node)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '');
  return comments.join(' ').replace(/\s+/g, ' ').trim();
}

/** The object schemas that a schema is, or is a list, a choice or a wrapper of; not those in fields. */
function objectsWithin(schema: z.ZodType): Objects[] {
  if (schema instanceof z.ZodObject) return [schema as Objects];
  const inner = Object.values(schema.def).flat();
  return inner.flatMap((one) => (one instanceof z.ZodType ? objectsWithin(one) : []));
}
