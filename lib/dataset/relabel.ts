/** New names of target values, as a spec gives them. */

/** The new name of a text by its old one; `*` stands for all that are not named. */
export type Relabel = Readonly<Record<string, string>>;

/** The text under its new name. A text may be called like what every object inherits, such as "constructor". */
export function relabelText(text: string, relabel: Relabel): string {
  if (Object.hasOwn(relabel, text)) return relabel[text]!;
  return relabel['*'] ?? text;
}
