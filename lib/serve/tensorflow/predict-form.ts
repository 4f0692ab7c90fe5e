/** Predictions for what stands in one of TensorFlow Serving's two forms, by models of both kinds. */
import type { PredictionWarning } from '../../contracts/http.ts';
import type { TensorData } from '../../onnx/types.ts';
import type { RowSource } from '../decode-rows.ts';
import { parseLenientJson } from '../lenient-json.ts';
import { rowsIn } from '../served.ts';
import type { ServeOptions } from '../service.ts';
import type { LoadedModel, RowModel } from '../version-cache.ts';
import { columnFeeds, type Feeds, rowFeeds } from './feeds.ts';
import type { Outputs } from './forms.ts';
import { rowsOfInputs, rowsOfInstances } from './rows.ts';

/** What a model is asked, as it stands in the body. */
export interface Form {
  /** `instances` holds rows, `inputs` whole tensors or columns. */
  readonly field: 'instances' | 'inputs';
  readonly value: unknown;
}

/** What a model answers. */
export interface FormAnswer {
  readonly outputs: Outputs;
  readonly rows: number;
  readonly warnings: readonly PredictionWarning[];
  readonly warningsOmitted: number;
}

/** Asks a model of either kind. */
export async function predictForm(
  model: LoadedModel,
  { field, value }: Form,
  options: ServeOptions,
): Promise<FormAnswer> {
  const isRows = field === 'instances';
  if (model.kind === 'tensors') {
    const { inputs } = model.session;
    return predictFeeds(model, isRows ? rowFeeds(value, inputs, field) : columnFeeds(value, inputs, field));
  }
  const { features } = model.manifest.schema;
  return predictRows(model, (isRows ? rowsOfInstances : rowsOfInputs)(value, features, field), options);
}

/** Asks a trained model. */
export async function predictRows(
  model: RowModel,
  source: RowSource,
  { strict }: ServeOptions,
): Promise<FormAnswer> {
  const { feeds, warnings, warningsOmitted } = model.decode(source, { strict });
  return { ...(await predictFeeds(model, feeds)), warnings, warningsOmitted };
}

/** Asks a model what it answers to tensors. */
export async function predictFeeds({ session }: LoadedModel, feeds: Feeds): Promise<FormAnswer> {
  const results: Readonly<Record<string, TensorData>> = await session.run(feeds);
  const outputs = session.outputs.map(({ name }) => [name, results[name]!] as const);
  return { outputs, rows: rowsIn(feeds), warnings: [], warningsOmitted: 0 };
}

/** The JSON of a request, as Python may write it, with the long integers that the model may take. */
export const parseFor = (model: LoadedModel, text: string): unknown =>
  parseLenientJson(text, takesLongIntegers(model));

/** True for a model with an input of 64-bit integers. */
export const takesLongIntegers = ({ kind, session }: LoadedModel): boolean =>
  kind === 'tensors' && session.inputs.some(({ type }) => /^u?int64$/.test(type));

/** What follows the predictions in a JSON answer: nothing without warnings, as other servers have no such field. */
export function warningsField({
  warnings,
  warningsOmitted,
}: Pick<FormAnswer, 'warnings' | 'warningsOmitted'>): string {
  if (warnings.length === 0) return '';
  const omitted = warningsOmitted > 0 ? `,"warnings_omitted":${warningsOmitted}` : '';
  return `,"warnings":${JSON.stringify(warnings)}${omitted}`;
}
