/** Finds the language model that a request names, or says why it cannot be asked here. */
import { requireName } from '../access/index.ts';
import type { EndpointModel } from '../contracts/endpoint-models.ts';
import { artifactKeys } from '../contracts/keys.ts';
import { isResourceName } from '../contracts/name-patterns.ts';
import { invalidInput, notFound, type OnrampError } from '../core/index.ts';
import {
  chatForm,
  type GenerateContext,
  type GenerateForm,
  type GenerateRequest,
  textForm,
} from './types.ts';

/**
 * The model behind an endpoint, of the caller's and able to answer in this form.
 *
 * @throws forbidden `model_not_allowed`; not_found `model_not_found`; invalid_request `not_a_language_model`,
 *   `no_chat_template` or `model_is_queued`
 */
export async function findLanguageModel(
  context: GenerateContext,
  { access, body }: GenerateRequest,
  form: GenerateForm,
): Promise<EndpointModel> {
  const { model } = body;
  requireName(access, 'model', model);
  const found = context.models.get(model);
  if (!found) {
    throw (await isOurs(context, model)) ? noLanguageModel(model) : unknownModel(model);
  }
  if (found.speaks === 'onramp' || found.speaks === 'raw') throw noLanguageModel(model);
  if (found.speaks === 'huggingface' && form === chatForm) throw noTemplate(model);
  if (found.kind === 'async' && !context.queue) throw queued(model);
  return found;
}

/** True for a model that answers without an endpoint; whether it has a version yet is another question. */
const isOurs = async ({ artifacts }: GenerateContext, model: string): Promise<boolean> =>
  isResourceName(model) && (await artifacts.head(artifactKeys.spec(model))) !== null;

const refuse = (message: string, code: string): OnrampError =>
  invalidInput(message, { code, param: 'model' });

/** In the words of OpenAI's own API, which tools look for. */
const unknownModel = (model: string): OnrampError =>
  notFound(`The model "${model}" does not exist or you do not have access to it.`, {
    code: 'model_not_found',
    param: 'model',
  });

const noLanguageModel = (model: string): OnrampError =>
  refuse(
    `"${model}" is no model that generates text in OpenAI's dialect; ask it by POST /v1/models/${model}/predict.`,
    'not_a_language_model',
  );

const noTemplate = (model: string): OnrampError =>
  refuse(
    `The container of "${model}" continues texts and knows no messages; POST ${textForm.path} with a "prompt". If it ` +
      'does take messages, as newer ones of text-generation-inference do, declare it with "speaks": "openai".',
    'no_chat_template',
  );

const queued = (model: string): OnrampError =>
  refuse(
    `"${model}" works off a queue; POST /v1/models/${model}/predict with "Prefer: respond-async".`,
    'model_is_queued',
  );
