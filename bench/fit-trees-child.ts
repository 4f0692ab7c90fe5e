/** Onramp's part of fit-trees.ts: fits as often as standard input says, one JSON line a fit. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Matrix } from '../lib/core/index.ts';
import {
  boostingScores,
  closeTreeWorkers,
  fitBoosting,
  fitForest,
  predictForest,
  type TreeTarget,
} from '../lib/train/trees/index.ts';

const [folder, rowsText, columnsText, task, threadsText, treesText] = process.argv.slice(2);
const rows = Number(rowsText);
const columns = Number(columnsText);
const threads = Number(threadsText);
const trees = Number(treesText);

const bytesOf = (name: string): ArrayBuffer => new Uint8Array(readFileSync(`${folder}/${name}`)).buffer;
const data = new Float32Array(bytesOf('x.f32'));
const labels = new Int32Array(bytesOf('y.i32'));
const x: Matrix = { rows, columns, data: data.subarray(0, rows * columns) };
const fresh: Matrix = { rows: labels.length - rows, columns, data: data.subarray(rows * columns) };
const target: TreeTarget = { task: 'classification', classes: 2, labels: labels.subarray(0, rows) };

/** Fits, and returns what scores new rows. */
async function fitTrees(): Promise<() => Float64Array> {
  if (task === 'boosting') {
    const boosting = await fitBoosting(x, target, { seed: 1, threads, iterations: trees });
    return () => boostingScores(boosting, fresh);
  }
  const maxDepth = Number(task!.replace('forest-', ''));
  const forest = await fitForest(x, target, { seed: 1, threads, maxDepth, trees });
  return () => predictForest(forest, fresh).filter((_, place) => place % 2 === 1);
}

/** Area under the ROC curve by ranks; ties are so few that their order does not matter here. */
function areaUnderCurve(scores: ArrayLike<number>, truth: Int32Array): number {
  const order = Array.from(truth.keys()).sort((one, other) => scores[one]! - scores[other]!);
  let ranks = 0;
  let positives = 0;
  for (const [rank, row] of order.entries()) {
    if (truth[row] === 0) continue;
    ranks += rank + 1;
    positives += 1;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (truth.length - positives));
}

console.log(JSON.stringify({ name: 'onramp', version: `Node.js ${process.versions.node}` }));
for await (const _ of createInterface({ input: process.stdin })) {
  const cpu = process.cpuUsage();
  const start = performance.now();
  const score = await fitTrees();
  const wallMs = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const auc = areaUnderCurve(score(), labels.subarray(rows));
  const peakMb = process.resourceUsage().maxRSS / 1024;
  console.log(JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, auc, peakMb }));
}
await closeTreeWorkers();
