/** From a conversation to the tokens that the model continues, by the chat template that its file holds. */
import type { ChatRequest } from '../../../lib/contracts/openai.ts';
import { invalidInput } from '../../../lib/core/index.ts';
import { createTextGuard, type TextGuard } from './guarded-text.ts';
import type { Model, Template, Token } from './library.ts';
import { callClosing, callOpening } from './readers.ts';

type Message = ChatRequest['messages'][number];
type Tools = ChatRequest['tools'];

/** A message as templates know it. */
interface TemplateMessage {
  readonly role: string;
  readonly content: string;
  readonly [field: string]: unknown;
}

/** A model's chat template. */
export interface ChatTemplate {
  readonly template: Template;
  /** It shows tools, and calls between the tags that the answers are read by. */
  readonly knowsCalls: boolean;
}

/** What a prompt is made of. */
export interface ChatPromptOptions {
  readonly model: Pick<Model, 'tokenize' | 'tokens'>;
  /** `null` for a model whose file has none. */
  readonly template: ChatTemplate | null;
  readonly messages: readonly Message[];
  readonly tools: NonNullable<Tools>;
  /** The answer begins with a call. */
  readonly isForced: boolean;
}

/**
 * Tokens of the prompt.
 *
 * @throws invalid_request `unsupported_content` for pictures and sound; `unsupported_messages` in the template's own
 *   words; `not_a_chat_model`
 */
export function tokenizeChat({ model, template, messages, tools, isForced }: ChatPromptOptions): Token[] {
  if (template === null) {
    throw invalidInput('This model has no chat template; ask it for completions instead.', {
      code: 'not_a_chat_model',
      param: 'messages',
    });
  }
  const guard = createTextGuard(model);
  const read = messages.map((message, index) => readMessage(message, index, guard));
  const shownTools = guardJson(tools, guard);
  const { bos, bosString, eosString, shouldPrependBosToken } = model.tokens;
  const text = render(template.template, {
    ...(template.knowsCalls || tools.length === 0
      ? { messages: read, ...(tools.length > 0 && { tools: shownTools }) }
      : { messages: withCallsInText(read, shownTools as readonly object[]) }),
    add_generation_prompt: true,
    bos_token: bosString ?? '',
    eos_token: eosString ?? '',
  });
  const tokens = guard.tokenize(isForced ? `${text}${callOpening}\n` : text);
  // Most templates write it themselves.
  return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens;
}

function render(template: Template, variables: object): string {
  try {
    return template.render(variables);
  } catch (cause) {
    throw invalidInput(
      `The chat template of the model does not take these messages: ${(cause as Error).message}.`,
      { code: 'unsupported_messages', param: 'messages', cause },
    );
  }
}

function readMessage(message: Message, index: number, guard: TextGuard): TemplateMessage {
  const { role, content, tool_calls: calls, tool_call_id: callId } = message;
  const param = `messages.${index}`;
  if (role === 'function') {
    throw invalidInput('Results of functions are messages of the role "tool".', { param: `${param}.role` });
  }
  return {
    role: role === 'developer' ? 'system' : role,
    content: guard.guard(textOf(content, `${param}.content`)),
    ...(callId !== undefined && { tool_call_id: callId }),
    ...(calls?.length && {
      tool_calls: calls.map((call, at) => {
        const name = call.function?.name;
        const given = parseArguments(call.function?.arguments ?? '{}', `${param}.tool_calls.${at}`);
        return { type: 'function', id: call.id, function: { name, arguments: guardJson(given, guard) } };
      }),
    }),
  };
}

function textOf(content: Message['content'], param: string): string {
  if (typeof content === 'string') return content;
  return (content ?? [])
    .map(({ type, text }, index) => {
      if (type === 'text') return text ?? '';
      throw invalidInput(`This model reads text alone; leave out the part of the type "${type}".`, {
        code: 'unsupported_content',
        param: `${param}.${index}`,
      });
    })
    .join('\n');
}

function parseArguments(text: string, param: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalidInput('The arguments of a call must be JSON.', {
      param: `${param}.function.arguments`,
      cause,
    });
  }
}

/** Every text in a value, guarded. */
function guardJson(value: unknown, guard: TextGuard): unknown {
  if (typeof value === 'string') return guard.guard(value, true);
  if (Array.isArray(value)) return value.map((one) => guardJson(one, guard));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, guardJson(one, guard)]));
}

/** For templates that know nothing of tools: they are told of as text, and so are calls and their results. */
function withCallsInText(messages: readonly TemplateMessage[], tools: readonly object[]): TemplateMessage[] {
  const [first] = messages;
  const own = first?.role === 'system' ? [first.content] : [];
  const system = { role: 'system', content: [...own, describe(tools)].join('\n\n') };
  return joinResults([system, ...messages.slice(own.length).map(callsAsText)]);
}

const describe = (tools: readonly object[]): string =>
  [
    'You can call these functions; each line is the JSON of one:',
    '<tools>',
    ...tools.map((tool) => JSON.stringify(tool)),
    '</tools>',
    'To call one, answer with its name and its arguments as JSON between these tags and with nothing else:',
    callOpening,
    '{"name": "<name of the function>", "arguments": {<its arguments>}}',
    callClosing,
    'The result will be given to you between <tool_response> and </tool_response>.',
  ].join('\n');

function callsAsText({ role, content, tool_calls: calls }: TemplateMessage): TemplateMessage {
  if (role === 'tool') return { role, content: `<tool_response>\n${content}\n</tool_response>` };
  if (!Array.isArray(calls)) return { role, content };
  const texts = calls.map((call) => `${callOpening}\n${JSON.stringify(call.function)}\n${callClosing}`);
  return { role, content: [...(content === '' ? [] : [content]), ...texts].join('\n') };
}

/** Results in a row are one message of the user: templates without tools want the two to take turns. */
function joinResults(messages: readonly TemplateMessage[]): TemplateMessage[] {
  const joined: TemplateMessage[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    if (role === 'tool' && messages[index - 1]?.role === 'tool') {
      joined.push({ role: 'user', content: `${joined.pop()!.content}\n${content}` });
    } else joined.push({ role: role === 'tool' ? 'user' : role, content });
  }
  return joined;
}
