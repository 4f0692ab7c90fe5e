/** `POST /v1/models/{model}/explain`: rows in, explanations out, as JSON or as a plot. */
import { requireJsonType } from '../../contracts/content-type.ts';
import type { ExplanationBody } from '../../contracts/explain.ts';
import { internal, invalidInput, parseJson } from '../../core/index.ts';
import { type Feeds, plotExplanation, type SummaryContext, summarise } from '../../explain/index.ts';
import { nativeRows } from '../row-source.ts';
import { type ServedFields, servedFields } from '../served.ts';
import {
  modelAsked,
  type ServeAnswer,
  type ServeContext,
  type ServeRequest,
  serveOptions,
} from '../service.ts';
import type { RowModel } from '../version-cache.ts';
import { explainImported } from './explain-imported.ts';
import { type ExplainedRows, explainRows, type RowExplanation } from './explain-rows.ts';
import { modelParts } from './model-parts.ts';
import { type ExplainOptions, explainOptions } from './options.ts';

/** Explanations with what their texts speak of. */
export interface Explained extends ExplainedRows {
  readonly model: string;
  readonly version: string;
  /** What a number without a class is. */
  readonly target: string;
  /** The columns and a row's values in them. */
  readonly valuesOf: (row: number) => SummaryContext['columns'];
  readonly warnings: readonly object[];
  readonly warningsOmitted: number;
}

/** Answers a request for explanations. */
export async function explainRequest(
  { cache, artifacts }: ServeContext,
  { path, query, header, body, requestId }: ServeRequest,
): Promise<ServeAnswer> {
  requireJsonType(header('content-type'));
  const asked = modelAsked(path.model, query.version);
  const options = explainOptions(query, header('accept'));
  const model = await cache.resolve(asked.model, asked.version);
  const parsed = parseJson(body.text());
  if (model.kind === 'tensors') {
    const explained = await explainImported(model, parsed, options);
    return { ...writeAnswer(explained, options, requestId), fields: fieldsOf(explained) };
  }
  const { strict } = serveOptions(query);
  const { feeds, rows, warnings, warningsOmitted } = model.decode(nativeRows(parsed), { strict });
  const parts = await modelParts(artifacts, model);
  const explained = await explainRows(model, parts, { feeds, rows }, options);
  const about = describeModel(model, feeds);
  const whole = { ...explained, ...about, warnings, warningsOmitted };
  return { ...writeAnswer(whole, options, requestId), fields: servedFields(whole, rows) };
}

/** A row has an explanation for each class that was asked for. */
const fieldsOf = (explained: Explained): ServedFields =>
  servedFields(explained, new Set(explained.explanations.map(({ row }) => row)).size);

/** What summaries of a trained model's explanations speak of. */
export function describeModel(
  { manifest: { model, version, target, schema } }: RowModel,
  feeds: Feeds,
): Pick<Explained, 'model' | 'version' | 'target' | 'valuesOf'> {
  const valuesOf = (row: number): SummaryContext['columns'] =>
    schema.features.map(({ name, input, index }) => {
      const { data, dims } = feeds[input]!;
      const value = data[row * dims[1]! + index] as number | string;
      return { name, value: value === '' || Number.isNaN(value) ? null : value };
    });
  const explained = schema.clusters ? 'the distance' : 'the score';
  return { model, version, target: target ?? explained, valuesOf };
}

function writeAnswer(explained: Explained, options: ExplainOptions, requestId: string): ServeAnswer {
  for (const one of explained.explanations) refuseNonFinite(one);
  if (options.format === 'svg') return writePlot(explained);
  const { model, version, method, units, evaluations, explanations, warnings, warningsOmitted } = explained;
  const answer = {
    model,
    version,
    method,
    units,
    ...(evaluations > 0 && { evaluations }),
    explanations: explanations.map((one) => explanationBody(one, explained, requestId)),
    warnings,
    ...(warningsOmitted > 0 && { warnings_omitted: warningsOmitted }),
  };
  return { status: 200, text: JSON.stringify(answer) };
}

/** One explanation as clients read it. */
export function explanationBody(
  one: RowExplanation,
  explained: Pick<Explained, 'units' | 'target' | 'valuesOf'>,
  requestId: string,
): ExplanationBody {
  const { row, label, base, prediction, values, errors, r2 } = one;
  const context = contextOf(explained, row);
  const byColumn = (numbers: Float64Array): Record<string, number> =>
    Object.fromEntries(context.columns.map(({ name }, column) => [name, numbers[column]!]));
  return {
    id: `${requestId}-${row}`,
    row,
    ...(label !== undefined && { class: label }),
    base_value: base,
    prediction,
    values: byColumn(values),
    ...(errors && { standard_errors: byColumn(errors) }),
    ...(r2 !== undefined && { r2 }),
    summary: summarise(one, context),
  };
}

const contextOf = (
  { units, target, valuesOf }: Pick<Explained, 'units' | 'target' | 'valuesOf'>,
  row: number,
): SummaryContext => ({ units, target, columns: valuesOf(row) });

function writePlot(explained: Explained): ServeAnswer {
  const { explanations } = explained;
  if (explanations.some(({ row }) => row > 0)) {
    throw invalidInput('A plot shows one row; send one row, or ask for format=json.', {
      code: 'one_row_only',
      param: 'format',
    });
  }
  // Of several classes the one that the model holds most likely.
  const shown = explanations.reduce((best, one) => (one.prediction > best.prediction ? one : best));
  const context = contextOf(explained, 0);
  const text = plotExplanation(shown, context, summarise(shown, context));
  return { status: 200, text, headers: { 'content-type': 'image/svg+xml; charset=utf-8' } };
}

function refuseNonFinite({ row, base, prediction, values }: RowExplanation): void {
  if (Number.isFinite(base) && Number.isFinite(prediction) && values.every(Number.isFinite)) return;
  throw internal(`The model gives a number that is not finite for row ${row}, which cannot be explained.`, {
    code: 'non_finite_output',
  });
}
