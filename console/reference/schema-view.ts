/** Shows what a body looks like, field by field; what is inside of a field opens when it is asked for. */
import { type JsonSchema, limitsOf, type OpenApi, objectsIn, resolve, typeLabel } from './document.ts';
import { element, lazyDetails, prose } from './dom.ts';

/** A schema as a list of fields, or as one line if it has none. */
export function schemaView(document: OpenApi, schema: JsonSchema): HTMLElement {
  const objects = objectsIn(document, schema);
  // Its fields say more of an object than the word "object" does.
  const label = /^object( or object)*$/.test(typeLabel(resolve(document, schema))) ? null : typeLabel(schema);
  return element(
    'div',
    { class: 'schema' },
    label === null ? null : element('p', { class: 'type' }, label),
    ...objects.flatMap((object, index) => [
      index > 0 ? element('p', { class: 'or' }, 'or') : null,
      fieldsView(document, object),
    ]),
  );
}

function fieldsView(
  document: OpenApi,
  { properties = {}, required = [], additionalProperties }: JsonSchema,
): HTMLElement {
  const fields = Object.entries(properties).map(([name, field]) =>
    fieldView(document, { name, field, isRequired: required.includes(name) }),
  );
  const rest =
    typeof additionalProperties === 'object'
      ? [element('li', {}, element('span', { class: 'type' }, 'and any other field'))]
      : [];
  return element('ul', { class: 'fields' }, ...fields, ...rest);
}

interface Field {
  readonly name: string;
  readonly field: JsonSchema;
  readonly isRequired: boolean;
}

function fieldView(document: OpenApi, { name, field, isRequired }: Field): HTMLElement {
  const whole = resolve(document, field);
  const objects = objectsIn(document, field);
  const named = [whole.enum, whole.const].some((one) => one !== undefined)
    ? typeLabel(whole)
    : typeLabel(field);
  const text = field.description ?? whole.description;
  const limits = limitsOf(whole);
  return element(
    'li',
    {},
    element('code', {}, name),
    isRequired ? null : element('span', { class: 'optional' }, ' optional'),
    element('span', { class: 'type' }, ` ${named}`),
    limits === '' ? null : element('span', { class: 'limits' }, ` ${limits}`),
    text === undefined ? null : element('p', {}, ...prose(text)),
    objects.length === 0
      ? null
      : lazyDetails(['fields'], () => objects.map((object) => fieldsView(document, object))),
  );
}
