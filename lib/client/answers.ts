/** What each route of the route table answers, for the client's types. */
import type * as z from 'zod';
import type {
  importTicket,
  ModelCard,
  PredictionWarning,
  prediction,
  RunView,
  uploadTicket,
} from '../contracts/http.ts';
import type { DatasetProfile } from '../contracts/profile.ts';
import type {
  Aliases,
  DatasetManifest,
  EvaluationReport,
  ImportedManifest,
  PublishedVersion,
} from '../contracts/records.ts';

/** A list; `has_more` tells that a limit cut it. */
export interface List<T> {
  readonly object: 'list';
  readonly data: readonly T[];
  readonly has_more: boolean;
}

/** One prediction: a label with its probabilities, or a value. */
export type Prediction = z.infer<typeof prediction>;

/** The answer to a prediction request; predictions stand in the order of the rows. */
export interface PredictAnswer {
  readonly model: string;
  readonly version: string;
  readonly predictions: readonly Prediction[];
  readonly warnings: readonly PredictionWarning[];
}

/** The newest version of a data set with its profile, `null` if it could not be read. */
export type DatasetView = DatasetManifest & { readonly profile: DatasetProfile | null };

export type UploadTicket = z.infer<typeof uploadTicket>;
export type ImportTicket = z.infer<typeof importTicket>;

/** Answers by the ids of the route table. */
export interface Answers {
  readonly predict: PredictAnswer;
  readonly 'put-model': ModelCard;
  readonly 'get-model': ModelCard;
  readonly 'delete-model': { readonly id: string; readonly object: string; readonly deleted: true };
  readonly 'list-models': List<ModelCard>;
  readonly 'list-versions': List<PublishedVersion>;
  readonly 'get-version': PublishedVersion;
  readonly 'import-version': ImportedManifest;
  readonly 'create-import-upload': ImportTicket;
  readonly 'list-runs': List<RunView>;
  readonly 'get-run': RunView;
  readonly 'list-evaluations': List<EvaluationReport>;
  readonly 'evaluate-model': { readonly id: string; readonly object: 'evaluation_request' };
  readonly promote: Aliases;
  readonly rollback: Aliases;
  readonly retrain: { readonly id: string; readonly object: 'retrain_request' };
  readonly 'create-upload': UploadTicket;
  readonly 'get-dataset': DatasetView;
  readonly 'list-datasets': List<DatasetManifest>;
  readonly health: { readonly status: 'ok' };
}
