/** The models that the golden requests ask. */
import { artifactKeys } from '../../../../lib/contracts/keys.ts';
import { createGraphBuilder, type ElementType, type OnnxModel } from '../../../../lib/onnx/index.ts';
import type { ObjectStore } from '../../../../lib/storage/index.ts';
import { bucketOf, echo, heart, sum, type TestModel } from '../../../serve/models.ts';

/** A model that answers NaN and infinities. */
function logarithmModel(): OnnxModel {
  const graph = createGraphBuilder('logarithm');
  graph.output('y', graph.op('Log', [graph.input('x', 'float32', ['N'])]), 'float32', ['N']);
  return graph.model();
}

const integers: readonly [ElementType, readonly string[]] = ['int32', ['N']];
/** Names that no language would take for a variable. */
const oddInputs = { 'a/b:0 "ü"': integers, constructor: integers, ['__proto__']: integers };

const types: readonly ElementType[] = [
  ...(['bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const),
  ...(['float16', 'float32', 'float64', 'string'] as const),
];
const echoes = types.map((type): [string, TestModel] => [`echo-${type}/1`, echo({ x: [type, ['N']] })]);

/** A trained one in two versions, a regression, and one that was brought along for each datatype. */
export async function oipModels(): Promise<ObjectStore> {
  const store = await bucketOf({
    'heart/1': heart(1 / 128),
    'heart/2': heart(),
    'sum/1': sum(3),
    ...Object.fromEntries(echoes),
    'grid/1': echo({ grid: ['float32', ['N', 2, 3]], flag: ['bool', []] }),
    'odd/1': echo(oddInputs),
    'logarithm/1': logarithmModel(),
  });
  await store.put(artifactKeys.spec('young'), '{}');
  return store;
}
