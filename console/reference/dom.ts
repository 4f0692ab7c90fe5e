/** Makes elements; text is always text, never markup. */

type Child = Node | string | null;

/** An element with attributes, listeners (`onclick`) and children; `null` children are left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | boolean | ((event: Event) => void)>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.replace(/^on/, ''), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A part that is closed at first and made when it is opened. */
export function lazyDetails(
  summary: readonly Child[],
  make: () => readonly Child[],
  isOpen = false,
): HTMLDetailsElement {
  const details = element('details', {}, element('summary', {}, ...summary));
  let isMade = false;
  const fill = (): void => {
    if (isMade) return;
    isMade = true;
    details.append(...make().filter((child) => child !== null));
  };
  details.addEventListener('toggle', fill);
  if (isOpen) {
    fill();
    details.open = true;
  }
  return details;
}

/** A sentence; what stands between backquotes is code. */
export const prose = (text: string): (HTMLElement | string)[] =>
  text.split('`').map((part, index) => (index % 2 === 1 ? element('code', {}, part) : part));

/** The element of the page with this id. */
export function byId<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found as T;
}
