import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Asked, ask, contextOf } from '../serve/ask.ts';
import { bucketOf, halfPlusTwo, heart } from '../serve/models.ts';

const document = readFileSync(fileURLToPath(new URL('../../docs/protocols.md', import.meta.url)), 'utf8');

const sectionOf = (name: string): string =>
  document.split(/^## /m).find((part) => part.startsWith(`${name}\n`)) ?? '';

/** The JSON blocks of one section. */
const jsonBlocks = (section: string): unknown[] =>
  [...sectionOf(section).matchAll(/```json\n([\s\S]*?)```/g)].map(([, block]) => JSON.parse(block!));

/** Asks the model of the examples. */
async function answerOf(route: string, request: Asked): Promise<unknown> {
  const context = contextOf(await bucketOf({ 'heart/1': heart() }));
  return JSON.parse((await ask(context, route, request)).text!);
}

test('the example of the Open Inference Protocol is answered as the document says', async () => {
  const [body, answer] = jsonBlocks('Open Inference Protocol');

  expect(await answerOf('POST /v2/models/{model}/infer', { path: { model: 'heart' }, body })).toEqual(answer);
});

test('the example of a model that was brought along is answered as the document says', async () => {
  const [body, answer] = jsonBlocks("Onramp's own, for models that were brought along");
  const context = contextOf(await bucketOf({ 'half_plus_two/1': halfPlusTwo() }));
  const path = { model: 'half_plus_two' };

  const { text } = await ask(context, 'POST /v1/models/{model}/predict', { path, body });

  expect(JSON.parse(text!)).toEqual(answer);
});

test('the examples of TensorFlow Serving are answered as the document says', async () => {
  const [rows, predictions, columns, outputs] = jsonBlocks('TensorFlow Serving');
  const ask = (body: unknown) =>
    answerOf('POST /v1/models/{model}', { path: { model: 'heart:predict' }, body });

  expect([await ask(rows), await ask(columns)]).toEqual([predictions, outputs]);
});

test('the example of MLflow is answered as the document says', async () => {
  const [answer] = jsonBlocks('MLflow');
  const csv = /--data-binary \$'([^']*)'/.exec(sectionOf('MLflow'))?.[1]?.replaceAll('\\n', '\n');

  const headers = { 'content-type': 'text/csv' };
  expect(await answerOf('POST /invocations', { headers, query: { model: 'heart' }, body: csv })).toEqual(
    answer,
  );
});
