import { describe, expect, it } from 'vitest';
import {
  type Explanation,
  plotExplanation,
  type SummaryContext,
  summarise,
} from '../../lib/explain/index.ts';

const columns: SummaryContext['columns'] = [
  { name: 'age', value: 61 },
  { name: 'sex', value: 'F' },
  { name: 'weight', value: null },
  { name: 'height', value: 171.23456 },
];
const explanation: Explanation = {
  label: 'yes',
  base: 0.37,
  prediction: 0.82,
  values: Float64Array.of(0.51, -0.1, 0, 0.04),
};
const context: SummaryContext = { units: 'probability', target: 'disease', columns };

describe('a summary', () => {
  it('says the probability, the usual one, and what moved it most', () => {
    expect(summarise(explanation, context)).toBe(
      'The model puts the probability of "yes" at 0.82, above the usual 0.37. What raised it most: age 61 (+0.51), height 171.2 (+0.04). What lowered it most: sex "F" (-0.10).',
    );
  });

  it('turns log-odds into probabilities and gives both', () => {
    const text = summarise({ ...explanation, base: 0, prediction: -2 }, { ...context, units: 'log_odds' });

    expect(text).toContain(
      'the probability of "yes" at 0.12, below the usual 0.50; in log-odds that is -2 against 0.',
    );
  });

  it('names the target of a regression', () => {
    const { label: _label, ...plain } = explanation;
    const text = summarise({ ...plain, base: 1200.4, prediction: 1500 }, { ...context, units: 'value' });

    expect(text).toContain('The model predicts 1500 for disease, above the usual 1200.');
  });

  it('says so when nothing moved the answer', () => {
    const text = summarise({ ...explanation, prediction: 0.37, values: new Float64Array(4) }, context);

    expect(text).toContain('at 0.37, exactly the usual 0.37. No column moved it.');
  });
});

/** Checks that tags are closed in order and text has no bare mark; enough of XML for what the plot uses. */
function expectWellFormed(svg: string): void {
  const open: string[] = [];
  let end = 0;
  for (const tag of svg.matchAll(/<(\/?)([a-z]+)((?: [a-zA-Z0-9-]+="[^"<]*")*)(\/?)>/g)) {
    expect(svg.slice(end, tag.index)).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|#39);)/);
    if (tag[1] === '/') expect(open.pop()).toBe(tag[2]);
    else if (tag[4] === '') open.push(tag[2]!);
    end = tag.index + tag[0].length;
  }
  expect(open).toEqual([]);
  expect(end).toBe(svg.length);
}

describe('a plot', () => {
  it('is one SVG with title, description, the usual and the predicted score, and a bar for each column', () => {
    const svg = plotExplanation(explanation, context, 'In words.');

    expectWellFormed(svg);
    expect(svg).toMatch(/^<svg [^>]*role="img" aria-labelledby="title description"/);
    expect(svg).toContain('<desc id="description">In words.</desc>');
    expect(svg).toContain('usual 0.37');
    expect(svg).toContain('predicted 0.82');
    expect(svg.match(/<rect /g)).toHaveLength(1 + columns.length);
  });

  it('escapes names, values and the summary, and has no place for control characters', () => {
    const evil = `</text><script>alert("1")</script>&\u0000\ud800'`;
    const svg = plotExplanation(
      { ...explanation, label: evil },
      { ...context, columns: columns.map(() => ({ name: evil, value: evil })) },
      evil,
    );

    expectWellFormed(svg);
    expect(svg).not.toContain('<script');
    expect(svg).not.toContain('\u0000');
  });

  it('puts the columns that moved little into one bar', () => {
    const values = Float64Array.from({ length: 40 }, (_, column) => column / 1000);
    const many = Array.from(values, (_, column) => ({ name: `c${column}`, value: column }));

    const svg = plotExplanation({ ...explanation, values }, { ...context, columns: many }, '');

    expect(svg).toContain('28 other columns');
    expect(svg.match(/<rect /g)).toHaveLength(1 + 13);
  });

  it('has finite places even when nothing moved', () => {
    const svg = plotExplanation(
      { ...explanation, prediction: 0.37, values: new Float64Array(4) },
      context,
      '',
    );

    expectWellFormed(svg);
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
