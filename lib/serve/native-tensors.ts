/** The native answer of a model that was brought along: its outputs by name, for each row or as whole tensors. */
import { nativeForm } from './row-source.ts';
import type { ServeOptions } from './service.ts';
import {
  columnFeeds,
  columnForm,
  predictFeeds,
  rowFeeds,
  rowForm,
  takesLongIntegers,
} from './tensorflow/index.ts';
import { parseTensorJson } from './tensors/index.ts';
import type { TensorModel } from './version-cache.ts';

/**
 * The body of the answer and the number of its predictions, to `instances`, of which each is stacked to the first dimension and gets a prediction, or to
 * `columns`, which are whole tensors and get one prediction.
 *
 * @throws invalid_request naming the place; `not_by_row` if the outputs have no entry for each instance
 */
export async function predictTensors(
  model: TensorModel,
  text: string,
  { requestId, ...options }: ServeOptions & { readonly requestId: string },
): Promise<{ readonly text: string; readonly rows: number }> {
  const { field, value } = nativeForm(parseTensorJson(text, takesLongIntegers(model)));
  const read = field === 'instances' ? rowFeeds : columnFeeds;
  const { outputs } = await predictFeeds(model, read(value, model.session.inputs, field));
  const policy = { nonFinite: options.nonFinite, alwaysNamed: true };
  const texts =
    field === 'instances'
      ? rowForm(outputs, { ...policy, rows: (value as readonly unknown[]).length, otherwise: 'columns' })
      : [columnForm(outputs, policy)];
  const id = JSON.stringify(requestId).slice(0, -1);
  const predictions = texts.map((one, row) => `{"id":${id}-${row}","outputs":${one}}`);
  const { model: name, version } = model.manifest;
  const head = `"model":${JSON.stringify(name)},"version":${JSON.stringify(version)}`;
  return { text: `{${head},"predictions":[${predictions.join(',')}],"warnings":[]}`, rows: texts.length };
}
