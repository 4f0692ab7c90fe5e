/** The reference page: reads /openapi.json and shows every request, grouped, searchable, ready to be tried. */
import { type Entry, entriesByTag, matches, type OpenApi } from './document.ts';
import { byId, element, prose } from './dom.ts';
import { operationView } from './operation-view.ts';

const keyName = 'onramp-api-key';

/** A request on the page: its part and the link to it. */
interface Shown {
  readonly entry: Entry;
  readonly part: HTMLDetailsElement;
  readonly link: HTMLElement;
}

async function start(): Promise<void> {
  const response = await fetch('openapi.json');
  if (!response.ok) throw new Error(`openapi.json was answered with status ${response.status}.`);
  const document: OpenApi = await response.json();
  byId('version').textContent = String(document.info.version);
  byId('about').replaceChildren(...prose(String(document.info.description)));
  const key = rememberedKey();
  const shown = entriesByTag(document).flatMap((group) => {
    const entries = group.entries.map((entry) => ({
      entry,
      part: operationView(document, entry, () => key.value),
      link: element(
        'li',
        {},
        element('a', { href: `#${entry.id}` }, methodBadge(entry.method), element('span', {}, entry.path)),
      ),
    }));
    byId('contents').append(
      element(
        'section',
        {},
        element('h2', {}, group.tag),
        element('ul', {}, ...entries.map(({ link }) => link)),
      ),
    );
    byId('operations').append(
      element(
        'section',
        {},
        element('h2', {}, group.tag),
        element('p', {}, group.about),
        ...entries.map(({ part }) => part),
      ),
    );
    return entries;
  });
  searchWith(byId<HTMLInputElement>('filter'), shown);
  window.addEventListener('hashchange', openLinked);
  openLinked();
}

const methodBadge = (method: string): HTMLElement => element('span', { class: `method ${method}` }, method);

/** The key stays in this tab: it is gone when the tab is. */
function rememberedKey(): HTMLInputElement {
  const input = byId<HTMLInputElement>('key');
  input.value = sessionStorage.getItem(keyName) ?? '';
  input.addEventListener('input', () => sessionStorage.setItem(keyName, input.value));
  byId<HTMLFormElement>('settings').addEventListener('submit', (event) => event.preventDefault());
  return input;
}

function searchWith(input: HTMLInputElement, shown: readonly Shown[]): void {
  const search = (): void => {
    for (const { entry, part, link } of shown) {
      const isHidden = !matches(entry, input.value);
      part.hidden = isHidden;
      link.hidden = isHidden;
    }
    for (const section of document.querySelectorAll<HTMLElement>('section')) {
      section.hidden = !section.querySelector(':is(.operation, li:has(> a)):not([hidden])');
    }
  };
  input.addEventListener('input', search);
}

/** Opens the request that the address names. */
function openLinked(): void {
  const part = document.getElementById(location.hash.slice(1));
  if (!(part instanceof HTMLDetailsElement)) return;
  part.open = true;
  part.scrollIntoView();
  part.querySelector('summary')?.focus({ preventScroll: true });
}

start().catch((error: unknown) => {
  byId('about').textContent =
    `The document could not be read: ${error instanceof Error ? error.message : String(error)}`;
});
