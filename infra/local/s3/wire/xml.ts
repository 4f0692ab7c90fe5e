/** The little XML that S3 speaks: elements and text, no attributes that matter. */
import { s3Error } from './s3-error.ts';

/** An element to write: a text, nothing, or children; an array repeats the element. */
export type XmlValue = string | number | boolean | undefined | XmlFields | readonly XmlValue[];
/** Children by name, written in order. */
export interface XmlFields {
  readonly [name: string]: XmlValue;
}

/** An element that was read. */
export interface XmlElement {
  readonly name: string;
  readonly children: readonly XmlElement[];
  /** Text content with entities resolved; meaningful for elements without children. */
  readonly text: string;
}

const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** A whole XML document. `undefined` fields are left out. `Error` documents carry no namespace, as in S3. */
export function xmlDocument(root: string, fields: XmlFields | string): string {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  const attributes = root === 'Error' ? '' : ` xmlns="${namespace}"`;
  const content = typeof fields === 'string' ? escapeXml(fields) : writeFields(fields);
  return `${declaration}<${root}${attributes}>${content}</${root}>`;
}

function writeFields(fields: XmlFields): string {
  return Object.entries(fields)
    .map(([name, value]) => writeElement(name, value))
    .join('');
}

function writeElement(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return value.map((item: XmlValue) => writeElement(name, item)).join('');
  const content = typeof value === 'object' ? writeFields(value as XmlFields) : escapeXml(String(value));
  return `<${name}>${content}</${name}>`;
}

/** Escapes markup and every control character, so that keys with line breaks come back as they were. */
function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what must be escaped
  return text.replace(/[<>&"\u0000-\u001f\u007f]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Reads a document and checks the name of its root.
 *
 * @throws MalformedXML when it is not well-formed or has another root
 */
export function parseXml(text: string, root: string): XmlElement {
  const stack: OpenElement[] = [{ name: '', children: [], text: '' }];
  for (const token of text.matchAll(tokens)) {
    takeToken(stack, token);
    if (stack.length > maxDepth) throw s3Error('MalformedXML');
  }
  const document = stack[0]!.children[0];
  if (stack.length !== 1 || document?.name !== root) throw s3Error('MalformedXML');
  return document;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const maxDepth = 16;
/** Groups: CDATA, slash of a closing tag, name, slash of an empty tag, text, stray bracket. Prologue and comments have none. */
const tokens =
  /<\?[^>]*\?>|<!--[\s\S]*?-->|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([^\s<>/!?]+)[^<>]*?(\/?)>|([^<]+)|(<)/g;

function takeToken(
  stack: OpenElement[],
  [, cdata, closing, tag, empty, content, stray]: RegExpMatchArray,
): void {
  const top = stack.at(-1)!;
  if (stray !== undefined) throw s3Error('MalformedXML');
  if (content !== undefined) top.text += decodeEntities(content);
  else if (cdata !== undefined) top.text += cdata;
  else if (tag !== undefined)
    takeTag(stack, { name: tag.replace(/^.*:/, ''), closing: closing === '/', empty: empty === '/' });
}

function takeTag(
  stack: OpenElement[],
  tag: { readonly name: string; readonly closing: boolean; readonly empty: boolean },
): void {
  const top = stack.at(-1)!;
  const element: OpenElement = { name: tag.name, children: [], text: '' };
  if (tag.empty) top.children.push(element);
  else if (!tag.closing) stack.push(element);
  else if (stack.length > 1 && top.name === tag.name) {
    stack.pop();
    stack.at(-1)!.children.push(top);
  } else throw s3Error('MalformedXML');
}

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return entities[name] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    if (code > 0x10ffff) throw s3Error('MalformedXML');
    return String.fromCodePoint(code);
  });
}

/** Children of that name, in order. */
export function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** Text of the first child of that name. */
export function childText(element: XmlElement, name: string): string | undefined {
  return element.children.find((child) => child.name === name)?.text;
}
