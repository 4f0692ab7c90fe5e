/** Refusals of values that do not make the tensor they should. */
import { invalidInput, type OnrampError } from '../../core/index.ts';

/** What stands at a place is of another kind than belongs there. */
export const wrongType = (place: string, wanted: string, value: unknown): OnrampError =>
  invalidInput(`"${place}" must be ${wanted}, not ${shown(value)}.`, { code: 'wrong_type', param: place });

/** The number of values does not fit the shape. */
export const wrongCount = (place: string, message: string): OnrampError =>
  invalidInput(`"${place}" ${message}`, { code: 'wrong_shape', param: place });

/** A value in a message: its kind, and its beginning if it is short enough to recognise. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 60))}`;
  if (Array.isArray(value)) return 'an array';
  if (value === null || value === undefined) return value === null ? 'null' : 'nothing';
  return typeof value === 'object' ? 'an object' : String(value);
}
