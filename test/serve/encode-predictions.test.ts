import { describe, expect, it } from 'vitest';
import type { VersionManifest } from '../../lib/contracts/records.ts';
import { encodePredictions } from '../../lib/serve/index.ts';

const manifestOf = (classes?: string[]): VersionManifest =>
  ({
    model: 'heart',
    version: '3',
    schema: { features: [], ignored: [], classes },
  }) as unknown as VersionManifest;

describe('encoding predictions', () => {
  it('gives labels with probabilities that read back as the same 32-bit floats', () => {
    const probabilities = Float32Array.of(0.1, 0.9, 1 / 3, 2 / 3, 1e-20, 1);
    const text = encodePredictions({
      manifest: manifestOf(['no', 'say "yes"']),
      outputs: {
        label: { type: 'string', dims: [3], data: ['say "yes"', 'say "yes"', 'no'] },
        probabilities: { type: 'float32', dims: [3, 2], data: probabilities },
      },
      rows: 3,
      warnings: [],
      requestId: 'r"1',
    });

    const { model, version, predictions, warnings } = JSON.parse(text);

    expect({ model, version, warnings }).toEqual({ model: 'heart', version: '3', warnings: [] });
    expect(predictions.map(({ id }: { id: string }) => id)).toEqual(['r"1-0', 'r"1-1', 'r"1-2']);
    expect(predictions.map(({ label }: { label: string }) => label)).toEqual([
      'say "yes"',
      'say "yes"',
      'no',
    ]);
    const back = predictions.flatMap((one: { probabilities: Record<string, number> }) =>
      Object.values(one.probabilities),
    );
    expect(Float32Array.from(back)).toEqual(probabilities);
    expect(text).toContain('"no":0.1,');
  });

  it('keeps what is not ASCII, in labels and ids, and any number of rows', () => {
    const rows = 3000;
    const outputs = {
      label: { type: 'string' as const, dims: [rows], data: new Array<string>(rows).fill('größer') },
      probabilities: {
        type: 'float32' as const,
        dims: [rows, 2],
        data: new Float32Array(2 * rows).fill(1 / 3),
      },
    };
    const answer = { manifest: manifestOf(['größer', '猫']), outputs, rows, warnings: [] };

    for (const requestId of ['r', 'ü']) {
      const { predictions } = JSON.parse(encodePredictions({ ...answer, requestId }));

      expect(predictions).toHaveLength(rows);
      expect(predictions.at(-1)).toEqual({
        id: `${requestId}-2999`,
        label: 'größer',
        probabilities: { größer: 0.33333334, 猫: 0.33333334 },
      });
    }
  });

  it('gives values for a regression', () => {
    const outputs = { value: { type: 'float32' as const, dims: [2], data: Float32Array.of(15.9, -1e10) } };

    const answer = encodePredictions({
      manifest: manifestOf(),
      outputs,
      rows: 2,
      warnings: [],
      requestId: 'r',
    });

    expect(JSON.parse(answer).predictions).toEqual([
      { id: 'r-0', value: 15.9 },
      { id: 'r-1', value: -1e10 },
    ]);
  });

  it('says how many warnings were left out, if any were', () => {
    const outputs = { value: { type: 'float32' as const, dims: [1], data: Float32Array.of(1) } };
    const answer = { manifest: manifestOf(), outputs, rows: 1, warnings: [], requestId: 'r' };

    const texts = [0, 3].map((warningsOmitted) => encodePredictions({ ...answer, warningsOmitted }));

    expect(texts.map((text) => JSON.parse(text).warnings_omitted)).toEqual([undefined, 3]);
  });

  it('expected failure: an answer that is no number is not given out', () => {
    const outputs = { value: { type: 'float32' as const, dims: [1], data: Float32Array.of(Number.NaN) } };

    expect(() =>
      encodePredictions({ manifest: manifestOf(), outputs, rows: 1, warnings: [], requestId: 'r' }),
    ).toThrow(/row 0/);
  });
});
