/** Writes the route table down as an OpenAPI 3.1 document. */
import type * as z from 'zod';
import { type Dialect, errorBody, type Route } from '../../lib/contracts/index.ts';
import {
  type Components,
  createComponents,
  type FieldDescriptions,
  type NamedSchemas,
} from './components.ts';
import type { Content, OpenApi, Operation } from './document.ts';
import { exampleAnswers } from './example-answers.ts';
import type { JsonSchema } from './json-schema.ts';
import { parametersOf, shownPath } from './parameters.ts';
import { dialectErrors, errorName, refusalName, refusalResponse, refusalStatuses } from './refusals.ts';

/** What a document is made of. */
export interface OpenApiOptions {
  readonly routes: readonly Route[];
  readonly names: NamedSchemas;
  readonly version: string;
  readonly describe?: FieldDescriptions;
}

const about = `Predictions from tables and ONNX models, in the dialect that a client already speaks. Send the API key as
\`x-api-key\` or as \`Authorization: Bearer\`. Every answer has an \`x-request-id\`. Numbers in predictions are float32,
written with the fewest digits that read back the same.`;

const json = 'application/json';

/** The example of a route's answer. */
export const exampleAnswer = ({ id, example }: Pick<Route, 'id' | 'example'>): unknown =>
  example?.response ?? exampleAnswers[id];

/** The document of a route table. Field order is fixed, so that the same table gives the same text. */
export function createOpenApi({ routes, names, version, describe }: OpenApiOptions): OpenApi {
  const components = createComponents([...routes.flatMap(schemasOf), errorBody], names, describe);
  const dialects = [...new Set(routes.map(({ dialect }) => dialect))];
  const used = [...new Set(routes.map(tagOf))];
  return {
    openapi: '3.1.1',
    info: { title: 'Onramp', version, summary: 'From a data set to a prediction API.', description: about },
    // Where the document itself lies, which may be below a stage.
    servers: [{ url: '.' }],
    tags: tags.filter(({ name }) => used.includes(name)),
    paths: pathsOf(routes, components),
    components: {
      schemas: { ...components.shared, ...errorSchemas(dialects) },
      responses: sharedResponses(routes),
      headers: {
        'x-request-id': header('Names this request in the logs.'),
        'x-error-code': header('Machine-readable reason of the refusal.'),
        'retry-after': header('Seconds to wait before the next try.'),
      },
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

const header = (description: string) => ({ description, schema: { type: 'string' } });

const schemasOf = (route: Route): z.ZodType[] => [
  ...parametersOf(route).map(({ schema }) => schema),
  ...(route.request ? [route.request] : []),
  route.response,
  ...(route.accepted ? [route.accepted] : []),
];

const errorSchemas = (dialects: readonly Dialect[]): Record<string, JsonSchema> =>
  Object.fromEntries(
    dialects.flatMap((dialect) =>
      dialect === 'native' ? [] : [[errorName(dialect), dialectErrors[dialect]]],
    ),
  );

function sharedResponses(routes: readonly Route[]): Record<string, unknown> {
  const shared = new Map<string, unknown>();
  for (const route of routes) {
    for (const status of refusalStatuses(route)) {
      shared.set(refusalName(route.dialect, status), refusalResponse(route.dialect, status));
    }
  }
  return Object.fromEntries([...shared].sort(([left], [right]) => (left < right ? -1 : 1)));
}

function pathsOf(routes: readonly Route[], components: Components): OpenApi['paths'] {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = shownPath(route);
    paths[path] ??= {};
    paths[path][route.method.toLowerCase()] = operationOf(route, components);
  }
  return paths;
}

function operationOf(route: Route, components: Components): Operation {
  const { id, summary, scope, request, requestTypes = [json], example, dialect } = route;
  const parameters = parametersOf(route).map(({ schema, ...rest }) => ({
    ...rest,
    schema: components.schemaOf(schema),
  }));
  const refusals = refusalStatuses(route).map((status) => [
    String(status),
    { $ref: `#/components/responses/${refusalName(dialect, status)}` },
  ]);
  return {
    operationId: id,
    summary,
    tags: [tagOf(route)],
    ...(parameters.length > 0 && { parameters }),
    ...(request && {
      requestBody: {
        required: true,
        content: contentOf(requestTypes, components.schemaOf(request), example?.request),
      },
    }),
    responses: {
      [String(route.status)]: answerOf(route, components),
      ...(route.accepted && { 202: acceptedOf(route.accepted, components) }),
      ...Object.fromEntries(refusals),
    },
    security: scope === 'none' ? [] : [{ apiKey: [scope] }, { bearer: [scope] }],
  };
}

function answerOf(route: Route, components: Components) {
  const { status, response, responseTypes = [json], summary } = route;
  const headers = { 'x-request-id': { $ref: '#/components/headers/x-request-id' } };
  if (status === 302) {
    return {
      description: summary,
      headers: { ...headers, location: header('Where it is, for a short while.') },
    };
  }
  // Nothing is not the JSON `null`.
  const isEmpty = components.schemaOf(response).type === 'null';
  return {
    description: status === 202 ? 'Taken on; it goes on after this answer.' : 'Done.',
    headers,
    ...(!isEmpty && {
      content: contentOf(responseTypes, components.schemaOf(response), exampleAnswer(route)),
    }),
  };
}

function acceptedOf(response: z.ZodType, components: Components) {
  return {
    description: 'Taken on, as `Prefer: respond-async` asked; the answer follows as the result of a job.',
    headers: {
      'x-request-id': { $ref: '#/components/headers/x-request-id' },
      location: header('Path of the job.'),
      'preference-applied': header('The preference that was met: `respond-async`.'),
    },
    content: contentOf([json], components.schemaOf(response), exampleAnswers['create-job']),
  };
}

/** JSON has the schema; texts are texts; other types are bytes, of which JSON Schema says nothing. */
function contentOf(types: readonly string[], schema: JsonSchema, example: unknown): Content {
  const isText = (type: string): boolean => /^text\/|^image\/svg/.test(type);
  return Object.fromEntries(
    types.map((type) => {
      const isJson = /\bjson$/.test(type);
      const fits =
        example !== undefined &&
        (isJson ? typeof example !== 'string' : isText(type) && typeof example === 'string');
      return [
        type,
        {
          ...(isJson && { schema }),
          ...(isText(type) && { schema: { type: 'string' } }),
          ...(fits && { example }),
        },
      ];
    }),
  );
}

const tags = [
  { name: 'Predictions', description: 'Ask a model about rows.' },
  { name: 'Models', description: 'What to learn, what was learnt, and which version answers.' },
  { name: 'Data sets', description: 'Bring data; training starts by itself.' },
  { name: 'Jobs', description: 'Predictions for whole files, fetched later.' },
  {
    name: 'Open Inference Protocol',
    description: 'Version 2 of the protocol of KServe, Triton and MLServer.',
  },
  { name: 'TensorFlow Serving', description: 'The REST API of TensorFlow Serving.' },
  {
    name: 'MLflow',
    description: 'The scoring protocol of MLflow, which is also the contract of SageMaker containers.',
  },
  { name: 'OpenAI', description: 'Language models behind endpoints, as clients of OpenAI ask for them.' },
  { name: 'Service', description: 'The service itself.' },
] as const;

/** The group a route is shown in: its dialect or, for the native one, what it is about. */
export function tagOf({ dialect, path, function: name }: Route): (typeof tags)[number]['name'] {
  if (dialect === 'oip') return 'Open Inference Protocol';
  if (dialect === 'tensorflow') return 'TensorFlow Serving';
  if (dialect === 'mlflow') return 'MLflow';
  if (/^\/v1\/(chat\/|completions|embeddings)/.test(path)) return 'OpenAI';
  if (/\/jobs\b/.test(path)) return 'Jobs';
  if (name === 'predict') return 'Predictions';
  if (path.startsWith('/v1/datasets')) return 'Data sets';
  return path.startsWith('/v1/') ? 'Models' : 'Service';
}
