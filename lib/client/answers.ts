/** Short names for answers that callers pass on. */
import type { PredictionWarning } from '../contracts/http.ts';
import type { Operations } from './generated/api.ts';

/** One prediction: a label with its probabilities, a value, or what an imported model gives. */
export type Prediction = Operations['predict']['answer']['predictions'][number];

/** The answer to a prediction request; predictions stand in the order of the rows. */
export interface PredictAnswer {
  readonly model: string;
  readonly version: string;
  readonly predictions: readonly Prediction[];
  readonly warnings: readonly PredictionWarning[];
}

/** Where a file is to be sent to. */
export type UploadTicket = Operations['create-upload']['answer'];
