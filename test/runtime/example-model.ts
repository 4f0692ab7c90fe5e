/** Models to ask: one that takes the rows of the route table's examples, one that answers more than it is asked. */
import type { ModelSchema } from '../../lib/contracts/records.ts';
import { attr, createGraphBuilder, type OnnxModel } from '../../lib/onnx/index.ts';
import type { TestModel } from '../serve/models.ts';

const schema: ModelSchema = {
  features: [
    { name: 'age', type: 'numeric', input: 'numeric', index: 0, missing: 0, range: [20, 80] },
    { name: 'sex', type: 'category', input: 'text', index: 0, missing: 0, categories: ['F', 'M'] },
  ],
  ignored: [],
  classes: ['no', 'yes'],
  positive: 'yes',
};

/**
 * Takes an age and a sex. The probability of "yes" is the age in 128ths, a quarter less for "F": exact in 32-bit floats.
 */
export function exampleModel(): TestModel {
  const graph = createGraphBuilder('example');
  const age = graph.input('numeric', 'float32', ['N', 1]);
  const sex = graph.input('text', 'string', ['N', 1]);
  const less = graph.op(
    'LabelEncoder',
    [sex],
    { keys_strings: attr.strings(['F']), values_floats: attr.floats([0.25]), default_float: attr.float(0) },
    { domain: 'ai.onnx.ml' },
  );
  const yes = graph.op('Sub', [graph.op('Div', [age, graph.floats([128])]), less]);
  const no = graph.op('Sub', [graph.floats([1]), yes]);
  const probabilities = graph.op('Concat', [no, yes], { axis: attr.int(1) });
  const best = graph.op('ArgMax', [probabilities], { axis: attr.int(1), keepdims: attr.int(0) });
  graph.output('label', graph.op('Gather', [graph.strings(['no', 'yes']), best]), 'string', ['N']);
  graph.output('probabilities', probabilities, 'float32', ['N', 2]);
  return { file: graph.model(), schema };
}

/** Gives what it takes three times. */
export function tripled(): OnnxModel {
  const graph = createGraphBuilder('tripled');
  const x = graph.input('x', 'float32', ['N', 1000]);
  for (const name of ['a', 'b', 'c']) {
    graph.output(name, graph.op('Identity', [x]), 'float32', ['N', 1000]);
  }
  return graph.model();
}
