/** An explanation as a picture: a waterfall of bars from the usual score to the predicted one, as SVG. */
import type { Explanation } from './raw-columns.ts';
import { columnText, type SummaryContext, shortNumber, signed } from './summary.ts';

/** Columns with a bar of their own; the others share one. */
const ownBars = 12;
const width = 760;
const labelWidth = 300;
const barHeight = 22;
const top = 62;
const margin = 60;

/** One bar of the waterfall. */
interface Bar {
  readonly label: string;
  readonly value: number;
  /** Score before it. */
  readonly from: number;
}

/**
 * A standalone SVG document: no script, no outside parts, with a title and a description for readers who cannot see it.
 *
 * @param summary text of the description
 */
export function plotExplanation(explanation: Explanation, context: SummaryContext, summary: string): string {
  const bars = barsOf(explanation, context);
  const scale = scaleFor(explanation, bars);
  const height = top + bars.length * barHeight + 44;
  const about = explanation.label === undefined ? context.target : `"${explanation.label}"`;
  const unit = unitText[context.units];
  const title = `Why the model gives ${about} ${shortNumber(explanation.prediction)}${unit}`;
  const bottom = top + bars.length * barHeight;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title description" font-family="system-ui, sans-serif" font-size="13">`,
    `<title id="title">${escapeXml(title)}</title>`,
    `<desc id="description">${escapeXml(summary)}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(16, 26, title, { size: 16 }),
    text(labelWidth, 48, `usual ${shortNumber(explanation.base)}`, {
      anchor: 'middle',
      x: scale(explanation.base),
    }),
    rule(scale(explanation.base), top - 8, bottom),
    ...bars.map((bar, index) => drawBar(bar, top + index * barHeight, scale)),
    rule(scale(explanation.prediction), top, bottom + 8),
    text(0, bottom + 26, `predicted ${shortNumber(explanation.prediction)}`, {
      anchor: 'middle',
      x: scale(explanation.prediction),
    }),
    '</svg>',
  ].join('\n');
}

const unitText: Readonly<Record<SummaryContext['units'], string>> = {
  log_odds: ' (log-odds)',
  logit: ' (logit)',
  probability: ' (probability)',
  value: '',
  log_value: ' (natural logarithm)',
};

function barsOf({ base, values }: Explanation, { columns }: SummaryContext): readonly Bar[] {
  const order = [...values.keys()].sort((left, right) => Math.abs(values[right]!) - Math.abs(values[left]!));
  const shown = order.length <= ownBars + 1 ? order : order.slice(0, ownBars);
  const parts = shown.map((column) => ({ label: columnText(columns[column]!), value: values[column]! }));
  const others = order.slice(shown.length);
  if (others.length > 0) {
    const value = others.reduce((sum, column) => sum + values[column]!, 0);
    parts.push({ label: `${others.length} other columns`, value });
  }
  let from = base;
  return parts.map((part) => {
    const bar = { ...part, from };
    from += part.value;
    return bar;
  });
}

/** From scores to places between the labels and the right margin. */
function scaleFor({ base, prediction }: Explanation, bars: readonly Bar[]): (score: number) => number {
  const scores = [base, prediction, ...bars.map(({ from, value }) => from + value)];
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const room = width - labelWidth - 2 * margin;
  return (score) => {
    const share = high > low ? (score - low) / (high - low) : 0.5;
    return Math.round((labelWidth + margin + share * room) * 10) / 10;
  };
}

function drawBar({ label, value, from }: Bar, y: number, scale: (score: number) => number): string {
  const [start, end] = [scale(from), scale(from + value)];
  // Blue and vermilion differ for colour-blind readers too; the sign says the same.
  const fill = value < 0 ? '#0072b2' : '#d55e00';
  const x = Math.min(start, end);
  const side = end >= start ? { x: Math.max(start, end) + 5 } : { x: x - 5, anchor: 'end' as const };
  return [
    text(16, y + 15, shorten(label)),
    `<rect x="${x}" y="${y + 3}" width="${Math.max(1, Math.round(Math.abs(end - start) * 10) / 10)}" height="${barHeight - 6}" fill="${fill}"/>`,
    text(0, y + 15, signed(value), side),
  ].join('\n');
}

interface TextStyle {
  readonly x?: number;
  readonly size?: number;
  readonly anchor?: 'middle' | 'end';
}

function text(left: number, y: number, words: string, { x = left, size, anchor }: TextStyle = {}): string {
  const style = `${size ? ` font-size="${size}" font-weight="600"` : ''}${anchor ? ` text-anchor="${anchor}"` : ''}`;
  return `<text x="${x}" y="${y}"${style} fill="#1a1a1a">${escapeXml(words)}</text>`;
}

const rule = (x: number, from: number, to: number): string =>
  `<line x1="${x}" y1="${from}" x2="${x}" y2="${to}" stroke="#767676" stroke-dasharray="3 3"/>`;

const shorten = (label: string): string =>
  label.length > 42 ? `${[...label].slice(0, 40).join('')}\u2026` : label;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for XML: escaped, and without the characters that XML 1.0 has no place for. */
function escapeXml(words: string): string {
  return words
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll(/[&<>"']/g, (mark) => entities[mark]!);
}
