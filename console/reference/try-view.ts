/** The form that makes a request, and what came back. */
import type { Entry, WrittenParameter } from './document.ts';
import { element } from './dom.ts';
import { addressOf, curlOf, type Filled, headersOf } from './request.ts';

/** Larger answers are cut, so that the page stays quick. */
const shownCharacters = 100_000;

/** A form for one request; `keyOf` gives the API key as it is when the form is sent. */
export function tryView(entry: Entry, keyOf: () => string): HTMLElement {
  const { operation, method, path } = entry;
  const parameters = (operation.parameters ?? []).map((parameter) => ({
    parameter,
    input: parameterInput(parameter),
  }));
  const body = operation.requestBody ? bodyInputs(operation.requestBody.content) : null;
  const output = element('div', { class: 'output', 'aria-live': 'polite' });
  const filled = (): Filled => {
    const valuesIn = (place: string) =>
      Object.fromEntries(
        parameters.flatMap(({ parameter, input }) =>
          parameter.in === place ? [[parameter.name, input.value]] : [],
        ),
      );
    const content = body?.content();
    return {
      // The page lies beside the paths that it describes.
      origin: new URL('.', document.baseURI).href.replace(/\/$/, ''),
      method,
      path,
      pathValues: valuesIn('path'),
      query: valuesIn('query'),
      headers: valuesIn('header'),
      key: operation.security.length > 0 ? keyOf() : '',
      ...(content && { contentType: content.type, body: content.body }),
    };
  };
  const send = (event: Event): void => {
    event.preventDefault();
    void exchange(filled(), output);
  };
  return element(
    'form',
    { class: 'try', onsubmit: send },
    ...parameters.map(({ parameter, input }) =>
      element('label', {}, `${parameter.name}${parameter.required ? '' : ' (optional)'} `, input),
    ),
    ...(body?.parts ?? []),
    element('button', {}, `Send ${method}`),
    output,
  );
}

function parameterInput({
  name,
  schema,
  required,
  example,
}: WrittenParameter): HTMLInputElement | HTMLSelectElement {
  const choices = schema.enum ?? (schema.type === 'boolean' ? [true, false] : null);
  if (!choices) {
    return element('input', {
      name,
      required,
      spellcheck: 'false',
      autocapitalize: 'off',
      ...(example !== undefined && { value: String(example) }),
      ...(schema.default !== undefined && { placeholder: String(schema.default) }),
    });
  }
  const options = [...(required ? [] : ['']), ...choices.map(String)];
  return element('select', { name }, ...options.map((choice) => element('option', {}, choice)));
}

/** Where the body is written, and the body. */
interface BodyInputs {
  readonly parts: readonly HTMLElement[];
  content(): { readonly type: string; readonly body: string | File };
}

function bodyInputs(content: NonNullable<Entry['operation']['requestBody']>['content']): BodyInputs {
  const types = Object.keys(content);
  const type = element(
    'select',
    { 'aria-label': 'content type' },
    ...types.map((one) => element('option', {}, one)),
  );
  const text = element('textarea', { rows: '10', spellcheck: 'false', 'aria-label': 'body' });
  const file = element('input', { type: 'file', 'aria-label': 'file to send as the body' });
  const fill = (): void => {
    const { example } = content[type.value] ?? {};
    text.value =
      typeof example === 'string' ? example : example === undefined ? '' : JSON.stringify(example, null, 2);
    text.hidden = !/json|^text\//.test(type.value);
    file.hidden = /json/.test(type.value);
  };
  type.addEventListener('change', fill);
  fill();
  return {
    parts: [...(types.length > 1 ? [type] : []), text, file],
    content: () => ({ type: type.value, body: (file.hidden ? undefined : file.files?.[0]) ?? text.value }),
  };
}

async function exchange(filled: Filled, output: HTMLElement): Promise<void> {
  const startedAt = performance.now();
  output.replaceChildren(element('p', {}, 'Waiting …'));
  const curl = element('pre', { class: 'curl', tabindex: '0' }, curlOf(filled));
  try {
    const response = await fetch(addressOf(filled), {
      method: filled.method,
      headers: headersOf(filled),
      ...(filled.body !== undefined && { body: filled.body }),
      redirect: 'manual',
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const ms = Math.round(performance.now() - startedAt);
    output.replaceChildren(...answerParts(response, bytes, ms), curl);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    output.replaceChildren(element('p', { class: 'bad' }, `No answer: ${reason}`), curl);
  }
}

function answerParts(response: Response, bytes: Uint8Array, ms: number): HTMLElement[] {
  if (response.type === 'opaqueredirect') {
    return [
      element(
        'p',
        { class: 'good' },
        'A redirect, which browsers keep to themselves. Use the line below with -L.',
      ),
    ];
  }
  const { status, statusText, headers, ok } = response;
  const head = [...headers].map(([name, value]) => `${name}: ${value}`).join('\n');
  return [
    element('p', { class: ok ? 'good' : 'bad' }, `${status} ${statusText}, ${bytes.length} bytes, ${ms} ms`),
    element('details', {}, element('summary', {}, 'Headers'), element('pre', { tabindex: '0' }, head)),
    element('pre', { class: 'body', tabindex: '0' }, bodyText(bytes, headers.get('content-type') ?? '')),
  ];
}

function bodyText(bytes: Uint8Array, type: string): string {
  if (!/json|^text\/|svg/.test(type))
    return bytes.length === 0 ? '(no body)' : `(${bytes.length} bytes of ${type})`;
  const text = new TextDecoder().decode(bytes);
  const shown = /json/.test(type) ? pretty(text) : text;
  return shown.length > shownCharacters ? `${shown.slice(0, shownCharacters)}\n… (cut)` : shown;
}

/** Indented, unless a number would change by that: 64-bit integers do not fit into JavaScript's numbers. */
function pretty(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return /\d{16}/.test(text) ? text : JSON.stringify(value, null, 2);
  } catch {
    return text;
  }
}
