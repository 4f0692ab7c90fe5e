/** Post-processors: the special tokens that a model expects around every text. */
import { fieldsOf, idOf, listOf, refuse, requireDefault, textOf, typeOf } from './fields.ts';

/** Ids before and after those of a text. */
export interface Frame {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const none: Frame = { before: [], after: [] };

/** @throws invalid_request `unsupported_tokenizer` */
export function readFrame(value: unknown, place = 'post_processor'): Frame {
  if (value === null || value === undefined) return none;
  const type = typeOf(value, place);
  if (type === 'TemplateProcessing') return templateFrame(value, place);
  if (type === 'BertProcessing' || type === 'RobertaProcessing') return pairFrame(value, place);
  if (type === 'ByteLevel') {
    fieldsOf(value, place, ['type', 'add_prefix_space', 'trim_offsets', 'use_regex']);
    return none;
  }
  if (type === 'Sequence') return sequenceFrame(value, place);
  throw refuse(place, `is a "${type}", which is not supported.`);
}

function pairFrame(value: unknown, place: string): Frame {
  const fields = fieldsOf(value, place, ['type', 'sep', 'cls', 'trim_offsets', 'add_prefix_space']);
  const id = (name: string): number => idOf(listOf(fields, name, place)[1], `${place}.${name}[1]`);
  return { before: [id('cls')], after: [id('sep')] };
}

function templateFrame(value: unknown, place: string): Frame {
  const fields = fieldsOf(value, place, ['type', 'single', 'pair', 'special_tokens']);
  const before: number[] = [];
  const after: number[] = [];
  let texts = 0;
  for (const [index, part] of listOf(fields, 'single', place).entries()) {
    const at = `${place}.single[${index}]`;
    const { SpecialToken: special, Sequence: text } = fieldsOf(part, at, ['SpecialToken', 'Sequence']);
    const named = fieldsOf(special ?? text, at, ['id', 'type_id']);
    requireDefault(named, at, { type_id: 0 });
    if (special === undefined || special === null) texts += 1;
    else
      (texts === 0 ? before : after).push(...tokensOf(fields.special_tokens, textOf(named, 'id', at), place));
  }
  if (texts !== 1) throw refuse(`${place}.single`, 'must hold the text once.');
  return { before, after };
}

function tokensOf(special: unknown, name: string, place: string): readonly number[] {
  const at = `${place}.special_tokens["${name}"]`;
  const entry =
    special !== null && typeof special === 'object' ? (special as Record<string, unknown>)[name] : undefined;
  return listOf(fieldsOf(entry, at, ['id', 'ids', 'tokens']), 'ids', at).map((id) => idOf(id, `${at}.ids`));
}

function sequenceFrame(value: unknown, place: string): Frame {
  const frames = listOf(fieldsOf(value, place, ['type', 'processors']), 'processors', place).map(
    (part, index) => readFrame(part, `${place}.processors[${index}]`),
  );
  // Each puts its own around what the one before it made.
  return frames.reduce(
    (inner, outer) => ({
      before: [...outer.before, ...inner.before],
      after: [...inner.after, ...outer.after],
    }),
    none,
  );
}
