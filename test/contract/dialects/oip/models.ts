/** The models that the golden requests ask. */
import { artifactKeys } from '../../../../lib/contracts/keys.ts';
import { createGraphBuilder, type ElementType, type OnnxModel } from '../../../../lib/onnx/index.ts';
import { createMemoryObjectStore, type ObjectStore } from '../../../../lib/storage/index.ts';
import {
  echoModel,
  heartModel,
  heartSchema,
  publishImported,
  publishTrained,
  sumModel,
  sumSchema,
} from '../../../serve/models.ts';

/** A model that answers NaN and infinities. */
function logarithmModel(): OnnxModel {
  const graph = createGraphBuilder('logarithm');
  graph.output('y', graph.op('Log', [graph.input('x', 'float32', ['N'])]), 'float32', ['N']);
  return graph.model();
}

const integers: readonly [ElementType, readonly string[]] = ['int32', ['N']];
/** Names that no language would take for a variable. */
const oddInputs = { 'a/b:0 "ü"': integers, constructor: integers, ['__proto__']: integers };

/** A trained one in two versions, a regression, and one that was brought along for each datatype. */
export async function oipModels(): Promise<ObjectStore> {
  const store = createMemoryObjectStore();
  await publishTrained(store, { model: 'heart', version: '1' }, heartModel(1 / 128), heartSchema);
  await publishTrained(store, { model: 'heart', version: '2' }, heartModel(), heartSchema);
  await publishTrained(store, { model: 'sum', version: '1' }, sumModel(3), sumSchema(3));
  const types: readonly ElementType[] = [
    ...(['bool', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'] as const),
    ...(['float16', 'float32', 'float64', 'string'] as const),
  ];
  for (const type of types) {
    await publishImported(store, { model: `echo-${type}`, version: '1' }, echoModel({ x: [type, ['N']] }));
  }
  const grid = echoModel({ grid: ['float32', ['N', 2, 3]], flag: ['bool', []] });
  await publishImported(store, { model: 'grid', version: '1' }, grid);
  const odd = echoModel(oddInputs);
  await publishImported(store, { model: 'odd', version: '1' }, odd);
  await publishImported(store, { model: 'logarithm', version: '1' }, logarithmModel());
  await store.put(artifactKeys.spec('young'), '{}');
  return store;
}
