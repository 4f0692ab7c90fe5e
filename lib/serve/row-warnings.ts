/** Collects what the data contract has to say of the values of a request. */
import type { PredictionWarning } from '../contracts/http.ts';
import { predictLimits } from '../contracts/limits.ts';
import { invalidInput, type OnrampError } from '../core/index.ts';
import type { RowBuffers } from './write-values.ts';

/** Warnings of one request. */
export interface CollectedWarnings {
  readonly warn: RowBuffers['warn'];
  /** As many as fit into an answer. */
  readonly warnings: PredictionWarning[];
  /** How many more there were. */
  omitted(): number;
}

/**
 * Starts to collect.
 *
 * @param strict what would be a warning is thrown as invalid_request under the code of the warning
 */
export function collectWarnings(strict: boolean, nameOf: RowBuffers['nameOf']): CollectedWarnings {
  const warnings: PredictionWarning[] = [];
  let omitted = 0;
  const warn: RowBuffers['warn'] = (about, message) => {
    if (strict) throw notAsInTraining(nameOf(about.row, about.field), about.code, message());
    if (warnings.length < predictLimits.warnings) warnings.push({ ...about, message: message() });
    else omitted += 1;
  };
  return { warn, warnings, omitted: () => omitted };
}

const notAsInTraining = (param: string, code: string, message: string): OnrampError =>
  invalidInput(
    `"${param}": ${message} The request asked to be strict; mend the value or send it without strict.`,
    {
      code,
      param,
    },
  );
