/** The dialect of MLflow's scoring server, which is also what SageMaker asks of a container. */
import { product } from '../../contracts/product.ts';
import { invalidInput } from '../../core/index.ts';
import { servedFields } from '../served.ts';
import {
  modelAsked,
  type ServeAnswer,
  type ServeOperation,
  type ServeOperations,
  type ServeOptions,
  type ServeRequest,
  serveOptions,
} from '../service.ts';
import {
  columnForm,
  type FormAnswer,
  parseFor,
  predictFeeds,
  predictForm,
  predictRows,
  rowForm,
  warningsField,
} from '../tensorflow/index.ts';
import type { LoadedModel } from '../version-cache.ts';
import { chooseModel } from './choose-model.ts';
import { contentOf } from './content.ts';
import { feedsOfFrame, rowsOfFrame } from './frame-rows.ts';
import { type Frame, frameOfCsv, frameOfRecords, frameOfSplit } from './frames.ts';
import { type JsonBody, readJsonBody } from './json-body.ts';
import { outputChoice, writePredictions } from './predictions.ts';

const plainText = { 'content-type': 'text/plain; charset=utf-8' };

const invocations: ServeOperation = async (context, request) => {
  const content = contentOf(request.header('content-type'));
  if (content.kind === 'refused') return unsupported(content.reason);
  const { query, access } = request;
  const name = await chooseModel(context, { asked: query.model, access });
  const asked = modelAsked(name, query.version);
  const model = await context.cache.resolve(asked.model, asked.version);
  const text = request.body.text();
  if (content.kind === 'csv') {
    const parameters = parametersOf(request, {});
    const answer = await predictFrame(model, frameOfCsv(text), serveOptions(parameters));
    return writeAnswer(model, answer, { parameters, field: 'csv' });
  }
  const { params, ...data } = readJsonBody(parseFor(model, text));
  const parameters = parametersOf(request, params);
  const answer = await predictData(model, data, serveOptions(parameters));
  return writeAnswer(model, answer, { parameters, field: data.field });
};

/** The service answers, so it is well; no model need be loaded for that. */
const ping: ServeOperation = async () => ({ status: 200, text: '' });

export const mlflowOperations: ServeOperations = {
  'POST /invocations': invocations,
  'GET /ping': ping,
  'GET /health': ping,
  'GET /version': async () => ({ status: 200, text: product.version, headers: plainText }),
};

/** MLflow refuses a content type in plain text. */
const unsupported = (reason: string): ServeAnswer => ({
  status: 415,
  text: reason,
  headers: { ...plainText, 'x-error-code': 'content_type' },
});

const parameterNames: readonly string[] = ['output', 'strict', 'non_finite'];

/** Parameters of the body, and for those that are not there of the query: CSV has no other place for them. */
function parametersOf(
  { query }: ServeRequest,
  params: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const unknown = Object.keys(params).find((name) => !parameterNames.includes(name));
  if (unknown !== undefined) {
    throw invalidInput(
      `"params.${unknown}" is not a parameter; there are ${parameterNames.map((name) => `"${name}"`).join(', ')}.`,
      { code: 'unknown_field', param: `params.${unknown}` },
    );
  }
  const { output, strict, non_finite } = query;
  const asked = Object.entries({ output, strict, non_finite }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(asked), ...params };
}

function predictData(
  model: LoadedModel,
  { field, value }: Omit<JsonBody, 'params'>,
  options: ServeOptions,
): Promise<FormAnswer> {
  if (field === 'instances' || field === 'inputs') return predictForm(model, { field, value }, options);
  const frame = field === 'dataframe_split' ? frameOfSplit(value) : frameOfRecords(value);
  return predictFrame(model, frame, options);
}

function predictFrame(model: LoadedModel, frame: Frame, options: ServeOptions): Promise<FormAnswer> {
  return model.kind === 'rows'
    ? predictRows(model, rowsOfFrame(frame, model.manifest.schema.features), options)
    : predictFeeds(model, feedsOfFrame(frame, model.session.inputs));
}

interface AnswerOptions {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly field: JsonBody['field'] | 'csv';
}

/** Whole tensors are answered by whole tensors, everything else row by row. */
function writeAnswer(
  model: LoadedModel,
  answer: FormAnswer,
  { parameters, field }: AnswerOptions,
): ServeAnswer {
  const { nonFinite } = serveOptions(parameters);
  const { outputs } = answer;
  let predictions: string;
  if (model.kind === 'rows') {
    const { schema } = model.manifest;
    const output = outputChoice(parameters.output, schema);
    predictions = `[${writePredictions(outputs, schema, { output, nonFinite }).join(',')}]`;
  } else if (field === 'inputs') predictions = columnForm(outputs, { nonFinite });
  else predictions = `[${rowForm(outputs, { nonFinite, otherwise: 'inputs' }).join(',')}]`;
  return {
    status: 200,
    text: `{"predictions":${predictions}${warningsField(answer)}}`,
    fields: servedFields(model.manifest, answer.rows),
  };
}
