import { expect, it } from 'vitest';
import { createGraphBuilder, createSession, encodeModel } from '../../lib/onnx/index.ts';
import { learners } from '../../lib/train/learners/index.ts';
import { fitted, rowsOf, tableOf, texts } from '../preprocess/tables.ts';
import { runPython } from './python.ts';

const train = Array.from({ length: 40 }, (_, at) =>
  at % 2 ? `sun Rain ${at % 7}x` : `moon Straße 日本語 ${at % 5}x`,
);
const asked = ['SUN rain', '', 'nothing known 😀', 'moon moon 日本語'];

it.each([
  ['linear', 'terms'],
  ['naive_bayes', 'terms'],
  ['network', 'tokens'],
] as const)(
  'a model of texts is valid ONNX, answers the same in Python, and takes no rows (%s)',
  async (name, kind) => {
    const table = tableOf(texts('review', train, 'text'));
    const preprocessor = fitted(table, {}, { texts: kind });
    const x = await preprocessor.transform(table, rowsOf(table));
    await preprocessor.release();
    const codes = Int32Array.from(train, (_, at) => at % 2);
    const target = { task: 'classification', classes: ['night', 'day'], codes } as const;
    const parameters = name === 'network' ? { epochs: 2 } : {};
    const model = await learners[name].fit(x, target, { seed: 1, threads: 1, parameters });
    const builder = createGraphBuilder('texts');
    const features = preprocessor.emit(builder, {
      text: builder.input('text', 'string', ['N', 1]),
      images: [],
    });
    builder.output('probabilities', model.emit(builder, features).answer, 'float32', ['N', 2]);
    const file = encodeModel(builder.model());
    const session = await createSession(file);

    const { probabilities } = await session.run({ text: { type: 'string', dims: [4, 1], data: asked } });
    await session.release();
    const answers: number[][] = JSON.parse(
      await runPython('text-answers.py', [JSON.stringify(asked)], { input: file }),
    );
    const none = JSON.parse(await runPython('text-answers.py', ['[]'], { input: file }));

    const apart = answers
      .flat()
      .map((share, at) => Math.abs(share - (probabilities!.data as Float32Array)[at]!));
    expect(Math.max(...apart)).toBeLessThan(1e-6);
    expect(answers).toHaveLength(4);
    expect(none).toEqual([]);
  },
);
