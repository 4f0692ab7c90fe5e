/** The pictures that fixtures/make_pictures.py made. */
import { readFileSync } from 'node:fs';

export const pictureBytes = (name: string): Buffer =>
  readFileSync(new URL(`fixtures/${name}`, import.meta.url));
