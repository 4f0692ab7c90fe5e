/**
 * The bodies of OpenAI's dialect. They say what is known of requests; fields that they do not name are passed on to the
 * container, since containers differ, and so are the fields of answers.
 */
import * as z from 'zod';

const flag = z.boolean().nullish();
const count = z.int().min(1).nullish();
const penalty = z.number().min(-2).max(2).nullish();

/** A picture by its address, or as base64 in the address itself. */
const imageUrl = z
  .string()
  .regex(/^(https?:\/\/|data:image\/[\w.+-]+;base64,)/, 'give "https://..." or "data:image/png;base64,..."');

type RefineContext = z.core.$RefinementCtx;

/** Says of a field that it is wrong, or that it is missing. */
const complain = (context: RefineContext, field: string, message: string, input?: unknown): void =>
  context.addIssue({ code: 'custom', path: [field], message, input });

/** Kinds of parts that are not known here are the container's to judge. */
const contentPart = z
  .looseObject({
    /** `text` and `image_url`, or what else the model takes. */
    type: z.string(),
    text: z.string().optional(),
    image_url: z.looseObject({ url: imageUrl }).optional(),
  })
  .superRefine((part, context) => {
    if (part.type !== 'text' && part.type !== 'image_url') return;
    if (part[part.type] === undefined) complain(context, part.type, 'it belongs to a part of this type');
  });

/** A tool that was called, in an earlier answer of the model. */
const toolCall = z.looseObject({
  id: z.string(),
  type: z.string(),
  function: z.looseObject({ name: z.string(), arguments: z.string() }).optional(),
});

const chatMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  /** A text, or parts of it and pictures; `null` beside calls of tools. */
  content: z
    .union([z.string(), z.array(contentPart)], 'give a text, or a list of parts such as {"type": "text"}')
    .nullish(),
  tool_calls: z.array(toolCall).nullish(),
  /** In a message of the role `tool`: which call it answers. */
  tool_call_id: z.string().optional(),
});

const tool = z.looseObject({
  type: z.string(),
  function: z
    .looseObject({
      name: z.string().regex(/^[\w.-]{1,64}$/, 'use 1 to 64 letters, digits, "_", "-" or "."'),
      /** JSON Schema of its arguments. */
      parameters: z.record(z.string(), z.unknown()).nullish(),
    })
    .optional(),
});

/** What a generation may be asked for in either of the two ways; numbers as OpenAI bounds them. */
const sampling = {
  model: z.string().min(1),
  /** The answer piece by piece, as server-sent events. */
  stream: flag,
  stream_options: z
    .looseObject({
      /** A last piece that says how many tokens there were. */
      include_usage: flag,
    })
    .nullish(),
  /** How many answers; each is paid for. */
  n: z.int().min(1).max(128).nullish(),
  stop: z.union([z.string(), z.array(z.string())], 'give a text or a list of texts').nullish(),
  seed: z.int().nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  presence_penalty: penalty,
  frequency_penalty: penalty,
  logit_bias: z.record(z.string(), z.number()).nullish(),
};

/** Refuses what most containers would ignore without a word. */
function refuseIdleOptions(
  { stream, stream_options: options }: { readonly stream?: unknown; readonly stream_options?: unknown },
  context: RefineContext,
): void {
  if (options && stream !== true) complain(context, 'stream_options', 'it needs "stream": true', options);
}

/** `POST /v1/chat/completions`. */
export const chatRequest = z
  .looseObject({
    ...sampling,
    messages: z.array(chatMessage).min(1),
    max_tokens: count,
    max_completion_tokens: count,
    tools: z.array(tool).nullish(),
    tool_choice: z
      .union(
        [z.enum(['none', 'auto', 'required']), z.looseObject({ type: z.string() })],
        'use "none", "auto", "required" or {"type": "function", "function": {"name": "..."}}',
      )
      .nullish(),
    parallel_tool_calls: flag,
    /** A text, JSON, or JSON of a schema. */
    response_format: z
      .looseObject({
        type: z.string(),
        json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()) }).optional(),
      })
      .nullish(),
    logprobs: flag,
    top_logprobs: z.int().min(0).max(20).nullish(),
  })
  .superRefine((request, context) => {
    refuseIdleOptions(request, context);
    const { logprobs, top_logprobs: top, response_format: format, tools, tool_choice: choice } = request;
    if (top && logprobs !== true) complain(context, 'top_logprobs', 'it needs "logprobs": true', top);
    if (format?.type === 'json_schema' && format.json_schema === undefined) {
      complain(context, 'response_format', 'a "json_schema" with a "schema" belongs to this type', format);
    }
    const isForced = choice === 'required' || (typeof choice === 'object' && choice !== null);
    if (isForced && !tools?.length)
      complain(context, 'tool_choice', 'it needs "tools" to choose from', choice);
  });
export type ChatRequest = z.infer<typeof chatRequest>;

/** `POST /v1/completions`. */
export const completionRequest = z
  .looseObject({
    ...sampling,
    /** One text or several, or their tokens. */
    prompt: z.union(
      [
        z.string(),
        z.array(z.string()).min(1),
        z.array(z.int()).min(1),
        z.array(z.array(z.int()).min(1)).min(1),
      ],
      'give a text, a list of texts, or tokens',
    ),
    suffix: z.string().nullish(),
    max_tokens: z.int().min(0).nullish(),
    best_of: count,
    echo: flag,
    logprobs: z.int().min(0).nullish(),
  })
  .superRefine((request, context) => {
    refuseIdleOptions(request, context);
    // Containers with one address for both tell a chat by its messages: they would answer these in place of the prompt.
    if (request.messages != null) {
      complain(context, 'messages', 'send it to POST /v1/chat/completions', request.messages);
    }
  });
export type CompletionRequest = z.infer<typeof completionRequest>;

/** Tokens of a request and its answers, as the container counts them. */
export const tokenUsage = z.looseObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  total_tokens: z.int(),
});

const answerHead = { id: z.string(), created: z.int(), model: z.string(), usage: tokenUsage.optional() };
const finishReason = z.string().nullable();

/** The answer of `POST /v1/chat/completions` as a whole. */
export const chatCompletion = z.looseObject({
  ...answerHead,
  object: z.literal('chat.completion'),
  choices: z.array(
    z.looseObject({
      index: z.int(),
      message: z.looseObject({
        role: z.literal('assistant'),
        content: z.string().nullable(),
        tool_calls: z.array(toolCall).optional(),
      }),
      /** `stop`, `length`, `tool_calls` or `content_filter`. */
      finish_reason: finishReason,
    }),
  ),
});

/** The answer of `POST /v1/completions` as a whole. */
export const textCompletion = z.looseObject({
  ...answerHead,
  object: z.literal('text_completion'),
  choices: z.array(z.looseObject({ index: z.int(), text: z.string(), finish_reason: finishReason })),
});
