/** Reads the JSON body of `/invocations`: one of four forms of data, and parameters. */
import { invalidInput, isRecord, type OnrampError } from '../../core/index.ts';

/** The fields that data may stand in. */
const fields = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
export type DataField = (typeof fields)[number];

/** A body that was understood. */
export interface JsonBody {
  readonly field: DataField;
  readonly value: unknown;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Fields that ask a language model. */
const languageFields = ['messages', 'prompt', 'input'] as const;

/**
 * The data and the parameters. Fields that are neither are passed over, as MLflow does.
 *
 * @throws invalid_request `wrong_shape` unless exactly one field holds data; `unsupported_form` for language models
 */
export function readJsonBody(body: unknown): JsonBody {
  if (!isRecord(body)) throw wrongForm(Array.isArray(body) ? 'it is a list' : 'it is no object');
  const given = fields.filter((field) => Object.hasOwn(body, field));
  const [field, second] = given;
  if (field === undefined || second !== undefined) {
    const asked = languageFields.find((name) => Object.hasOwn(body, name));
    if (field === undefined && asked !== undefined) throw noLanguageModel(asked);
    const names = Object.keys(body).slice(0, 10);
    throw wrongForm(names.length === 0 ? 'it is empty' : `it has ${names.map(quoted).join(', ')}`);
  }
  const { params = {} } = body;
  if (params !== null && !isRecord(params)) {
    throw invalidInput('"params" must be an object.', { code: 'wrong_type', param: 'params' });
  }
  return { field, value: body[field], params: params ?? {} };
}

const quoted = (name: string): string => JSON.stringify(name.slice(0, 60));

const wrongForm = (found: string): OnrampError =>
  invalidInput(
    `The body must be a JSON object with exactly one of the fields ${fields.map(quoted).join(', ')}; ${found}. ` +
      'Up to version 1 of MLflow a table stood in the body itself; since version 2 {"columns": [...], "data": [...]} ' +
      'goes under "dataframe_split" and a list of records under "dataframe_records". Tensors go under "instances" ' +
      'row by row or under "inputs" whole, and parameters beside the data under "params".',
    { code: 'wrong_shape' },
  );

const noLanguageModel = (field: string): OnrampError =>
  invalidInput(
    `"${field}" asks a language model, and this one predicts from columns or tensors; send ${fields.map(quoted).join(', ')}.`,
    { code: 'unsupported_form', param: field },
  );
