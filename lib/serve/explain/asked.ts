/** Whether a prediction is to come with explanations; small, as every prediction asks it. */
import { invalidInput } from '../../core/index.ts';
import type { LoadedModel } from '../version-cache.ts';

/**
 * True for `?explain=true`.
 *
 * @throws invalid_request `invalid_field` for another text; `tensors_only` for a model that was brought along
 */
export function explanationAsked(
  explain: string | undefined,
  { kind, manifest }: Pick<LoadedModel, 'kind' | 'manifest'>,
): boolean {
  if (explain === undefined || explain === 'false') return false;
  if (explain !== 'true') {
    throw invalidInput('"explain" must be "true" or "false".', { code: 'invalid_field', param: 'explain' });
  }
  if (kind === 'rows') return true;
  throw invalidInput(
    `Model "${manifest.model}" was brought along; POST /v1/models/${manifest.model}/explain explains it.`,
    { code: 'tensors_only', param: 'explain' },
  );
}
