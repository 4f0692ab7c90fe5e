/** What the instances behind endpoints cost by the hour, for `onramp cost`. */
import { tableLines } from '../../lib/client/index.ts';
import type { ModelCard } from '../../lib/contracts/index.ts';
import { notFound } from '../../lib/core/index.ts';
import { hostingMonth, usdPerMillionTokens } from '../../lib/cost/index.ts';
import { type CommandContext, exitCodes, printJson, printLines } from '../command.ts';

/** One model and what an instance of its endpoint costs, in US dollars; `null` where nobody knows. */
export interface EndpointCost {
  readonly model: string;
  readonly kind: 'real-time' | 'serverless' | 'async';
  readonly perHour: number | null;
  readonly perMonth: number | null;
  /** At the speed that was asked for. */
  readonly perMillionTokens: number | null;
}

/**
 * Prints the costs of models behind endpoints.
 *
 * @param tokensPerSecond of a busy instance; left out where nobody has measured it
 * @throws not_found `no_endpoint` if none of the models is behind one
 */
export function printEndpointCosts(
  context: CommandContext,
  cards: readonly ModelCard[],
  tokensPerSecond: number | undefined,
): number {
  const costs = cards.flatMap((card) => costOf(card, tokensPerSecond));
  if (costs.length === 0) {
    throw notFound('No model here answers behind an endpoint.', { code: 'no_endpoint' });
  }
  if (context.json) printJson(context, { endpoints: costs });
  else printLines(context, [...tableOf(costs, tokensPerSecond), '', ...notes(costs)]);
  return exitCodes.ok;
}

function costOf({ id: model, endpoint }: ModelCard, tokensPerSecond: number | undefined): EndpointCost[] {
  if (!endpoint) return [];
  const perHour = endpoint.usd_per_hour ?? null;
  return [
    {
      ...{ model, kind: endpoint.kind, perHour },
      perMonth: perHour === null ? null : hostingMonth(perHour),
      perMillionTokens:
        perHour === null || tokensPerSecond === undefined
          ? null
          : usdPerMillionTokens(perHour, tokensPerSecond),
    },
  ];
}

function tableOf(costs: readonly EndpointCost[], tokensPerSecond: number | undefined): string[] {
  const withTokens = tokensPerSecond !== undefined;
  return tableLines(
    [
      ...['model', 'endpoint', '$ an hour', '$ a month'],
      ...(withTokens ? [`$ a million tokens at ${tokensPerSecond}/s`] : []),
    ],
    costs.map((cost) => [
      ...[cost.model, cost.kind, amount(cost, cost.perHour), amount(cost, cost.perMonth)],
      ...(withTokens ? [amount(cost, cost.perMillionTokens)] : []),
    ]),
  );
}

/** What is paid by the request has no price for an hour, whatever is known. */
function amount({ kind }: EndpointCost, usd: number | null): string {
  if (kind === 'serverless') return 'by the request';
  return usd === null ? 'unknown' : usd.toFixed(2);
}

function notes(costs: readonly EndpointCost[]): string[] {
  const isUnknown = costs.some(({ kind, perHour }) => kind !== 'serverless' && perHour === null);
  return [
    'For each instance, while it runs: an endpoint that goes down to no instance costs nothing meanwhile.',
    'API Gateway and the function before it come on top, by the request.',
    ...(isUnknown
      ? ['No confirmed price of what is unknown: say it as "usdPerHour" in the settings of the endpoint.']
      : []),
  ];
}
