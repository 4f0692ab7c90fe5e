/** `npm run examples`: runs examples against a platform, and shows their figures beside those of other implementations. */
import { examples } from './index.ts';
import { referenceSource } from './tools/figures.ts';
import { createOnramp } from './tools/onramp.ts';
import { figureLines, misses } from './tools/report.ts';
import type { Example } from './tools/types.ts';

const usage = `npm run examples -- NAME...    runs the examples named, against the platform of "npm start"
npm run examples -- quick      those that take seconds
npm run examples -- all        all of them

${examples.map(({ name, about, isLong }) => `  ${name.padEnd(20)}  ${about}${isLong ? ' (minutes)' : ''}`).join('\n')}

ONRAMP_URL and ONRAMP_API_KEY name another platform.
`;

const show = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** The examples that are meant; `undefined` if a word names none. */
function chosen(words: readonly string[]): readonly Example[] | undefined {
  const found = words.map((word) => {
    if (word === 'all') return examples;
    if (word === 'quick') return examples.filter(({ isLong }) => !isLong);
    return examples.filter(({ name }) => name === word);
  });
  if (found.length === 0 || found.some((some) => some.length === 0)) return undefined;
  return [...new Set(found.flat())];
}

/** @returns true if the example keeps what it promises */
async function runOne({ name, about, run }: Example): Promise<boolean> {
  const startedAt = performance.now();
  show(`\n${name}: ${about}`);
  try {
    const figures = await run(createOnramp({ environment: process.env, show, progress: 'inherit' }));
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const missed = misses(figures);
    const verdict =
      missed.length === 0 ? 'kept' : `missed: ${missed.map((figure) => figure.name).join('; ')}`;
    const lines = [...figureLines(figures), `  reference: ${referenceSource(name) ?? 'none'}`];
    for (const line of ['', ...lines, `  ${verdict}, ${seconds} s`]) show(line);
    return missed.length === 0;
  } catch (error) {
    show(`  failed: ${(error as Error).message}`);
    return false;
  }
}

const meant = chosen(process.argv.slice(2));
if (!meant) {
  process.stdout.write(usage);
  process.exitCode = process.argv.length > 2 ? 2 : 0;
} else {
  for (const example of meant) if (!(await runOne(example))) process.exitCode = 1;
}
