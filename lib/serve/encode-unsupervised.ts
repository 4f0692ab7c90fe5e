/** From the tensors of a model without a target to the native answer; loaded with the first call of such a model. */
import type { Answer } from './encode-predictions.ts';
import { number32 } from './numbers.ts';

/**
 * The body of a predict answer: ids, each row's group with its distances or its score, and the warnings.
 *
 * @throws as `encodePredictions`
 */
export function encodeUnsupervised(answer: Answer): string {
  const { manifest, rows, warnings, warningsOmitted = 0, requestId } = answer;
  const write = manifest.schema.clusters ? writeCluster : writeScore;
  const predictions = Array.from(
    { length: rows },
    (_, row) => `{"id":${JSON.stringify(`${requestId}-${row}`)},${write(answer, row)}}`,
  );
  const head = JSON.stringify({ model: manifest.model, version: manifest.version }).slice(0, -1);
  const omitted = warningsOmitted > 0 ? `,"warnings_omitted":${warningsOmitted}` : '';
  return `${head},"predictions":[${predictions.join(',')}],"warnings":${JSON.stringify(warnings)}${omitted}}`;
}

/** What a model answers to a row. */
export type RowAnswer = Pick<Answer, 'outputs' | 'nonFinite'>;

/** The fields of a row that belongs to a group, as JSON without the braces. */
export function writeCluster({ outputs, nonFinite = 'error' }: RowAnswer, row: number): string {
  const clusters = outputs.distances!.dims[1]!;
  const own = (outputs.distances!.data as Float32Array).subarray(row * clusters, (row + 1) * clusters);
  const numbers = Array.from(own, (value) => number32(value, nonFinite, `distances of row ${row}`));
  const cluster = JSON.stringify((outputs.cluster!.data as readonly string[])[row]);
  return `"cluster":${cluster},"distances":[${numbers.join(',')}]`;
}

/** The fields of a row that has a score, as JSON without the braces. */
export function writeScore({ outputs, nonFinite = 'error' }: RowAnswer, row: number): string {
  const score = number32((outputs.score!.data as Float32Array)[row]!, nonFinite, `score of row ${row}`);
  const isAnomaly = (outputs.anomaly!.data as Uint8Array)[row] === 1;
  return `"score":${score},"anomaly":${isAnomaly}`;
}
