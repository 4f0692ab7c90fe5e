/** A small data set that a model learns in a moment. */
import { createRandom } from '../lib/core/index.ts';

/** Rows whose disease follows from age and sex, with some noise; the same seed gives the same rows. */
export function heartCsv(rows: number, seed = 1): string {
  const random = createRandom(seed);
  const lines = ['age,sex,weight,disease'];
  for (let row = 0; row < rows; row += 1) {
    const age = 20 + random.integer(60);
    const sex = random.uniform() < 0.5 ? 'F' : 'M';
    const risk = (age - 50) / 8 + (sex === 'M' ? 1 : -1) + random.normal();
    lines.push(`${age},${sex},${(60 + 10 * random.normal()).toFixed(1)},${risk > 0 ? 'yes' : 'no'}`);
  }
  return `${lines.join('\n')}\n`;
}
