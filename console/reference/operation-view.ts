/** Shows one request: its parameters, bodies and answers, and the form to try it. */
import {
  type Content,
  type Entry,
  limitsOf,
  type OpenApi,
  resolve,
  typeLabel,
  type WrittenParameter,
} from './document.ts';
import { element, lazyDetails, prose } from './dom.ts';
import { schemaView } from './schema-view.ts';
import { tryView } from './try-view.ts';

/** A part of the page that opens; its inside is made when it is. */
export function operationView(document: OpenApi, entry: Entry, keyOf: () => string): HTMLDetailsElement {
  const { id, method, path, operation } = entry;
  const details = lazyDetails(
    [
      element('span', { class: `method ${method}` }, method),
      ' ',
      element('code', {}, path),
      element('span', { class: 'summary' }, operation.summary),
    ],
    () => [
      rightsView(operation.security),
      parametersView(document, operation.parameters ?? []),
      ...(operation.requestBody
        ? [element('h4', {}, 'Body'), contentView(document, operation.requestBody.content)]
        : []),
      element('h4', {}, 'Answers'),
      ...Object.entries(operation.responses).map(([status, answer]) => answerView(document, status, answer)),
      element('h4', {}, 'Try it'),
      tryView(entry, keyOf),
    ],
  );
  details.id = id;
  details.className = 'operation';
  return details;
}

function rightsView(security: Entry['operation']['security']): HTMLElement {
  const right = Object.values(security[0] ?? {})[0]?.[0];
  return element(
    'p',
    { class: 'rights' },
    right === undefined ? 'Needs no key.' : `Needs a key that may ${right}.`,
  );
}

function parametersView(document: OpenApi, parameters: readonly WrittenParameter[]): HTMLElement | null {
  if (parameters.length === 0) return null;
  const lines = parameters.map(({ name, in: place, required, description, schema }) => {
    const whole = resolve(document, schema);
    return element(
      'li',
      {},
      element('code', {}, name),
      element('span', { class: 'optional' }, ` ${place}${required ? '' : ', optional'}`),
      element('span', { class: 'type' }, ` ${typeLabel(whole)}`),
      element('span', { class: 'limits' }, ` ${limitsOf(whole)}`),
      element('p', {}, ...prose(description)),
    );
  });
  return element('div', {}, element('h4', {}, 'Parameters'), element('ul', { class: 'fields' }, ...lines));
}

interface Answer {
  readonly $ref?: string;
  readonly description?: string;
  readonly content?: Content;
}

function answerView(document: OpenApi, status: string, answer: Answer): HTMLElement {
  const { description = '', content } = resolve(document, answer);
  const label = [element('strong', { class: status < '400' ? 'good' : 'bad' }, status), ` ${description}`];
  if (!content) return element('p', {}, ...label);
  return lazyDetails(label, () => [contentView(document, content)], status < '400');
}

function contentView(document: OpenApi, content: Content): HTMLElement {
  const parts = Object.entries(content).flatMap(([type, { schema, example }]) => [
    element('p', { class: 'media' }, type),
    schema ? schemaView(document, schema) : null,
    example === undefined
      ? null
      : lazyDetails(['Example'], () => [
          element(
            'pre',
            { tabindex: '0' },
            typeof example === 'string' ? example : JSON.stringify(example, null, 2),
          ),
        ]),
  ]);
  return element('div', { class: 'content' }, ...parts);
}
