/** The endpoints of one machine as the user's file declares them: which process answers, and how it is run. */
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { endpointInput } from '../../../../lib/contracts/endpoint-input.ts';
import {
  type EndpointInput,
  type EndpointKind,
  type EndpointProtocol,
  endpointKinds,
  endpointProtocols,
} from '../../../../lib/contracts/endpoint-models.ts';
import { isResourceName } from '../../../../lib/contracts/name-patterns.ts';
import type { OnrampError } from '../../../../lib/core/index.ts';
import { fileRefusal, readSettingsFile } from '../../settings-file.ts';
import {
  type ContainerEntry,
  type ContainerSettings,
  containerFields,
  containerOf,
  inherit,
} from './container-settings.ts';

/** One of the models that share the requests of an endpoint. */
export interface VariantSettings {
  readonly name: string;
  /** Share of the requests, relative to the other variants. */
  readonly weight: number;
  readonly container: ContainerSettings;
}

/** One endpoint. */
export interface HostedEndpoint {
  /** Name of the model in the API. */
  readonly model: string;
  /** Name of the endpoint in SageMaker's API. */
  readonly name: string;
  readonly kind: EndpointKind;
  readonly speaks: EndpointProtocol;
  readonly servedName?: string;
  readonly input?: EndpointInput;
  readonly usdPerHour?: number;
  readonly variants: readonly VariantSettings[];
  /** How long a container may take until its first good ping. */
  readonly startSeconds: number;
  /** A serverless or asynchronous endpoint without requests has no process after so long. */
  readonly idleSeconds: number;
  /** Requests that its containers work on at the same time. */
  readonly concurrency: number;
}

/** Where the programs are that Onramp brings along. */
export interface EndpointFileOptions {
  /** Folder of what is built. */
  readonly dist: string;
}

const settings = { flag: '--endpoints', things: 'models' } as const;

const variantName = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;

const variant = z.strictObject({
  ...containerFields,
  weight: z.number().min(0).default(1),
});

const entry = z.strictObject({
  ...containerFields,
  endpoint: z.string().regex(variantName, 'must be up to 63 letters, digits and single "-"').optional(),
  kind: z.enum(endpointKinds).default('real-time'),
  speaks: z.enum(endpointProtocols).optional(),
  servedName: z.string().min(1).optional(),
  input: endpointInput.optional(),
  usdPerHour: z.number().min(0).optional(),
  variants: z.record(z.string().regex(variantName), variant).optional(),
  startSeconds: z.number().min(1).max(3600).default(480),
  idleSeconds: z.number().min(1).max(86_400).default(300),
  concurrency: z.int().min(1).max(1000).optional(),
});
type Entry = z.output<typeof entry>;

/** What can be said of an endpoint. */
export const endpointFields: readonly string[] = Object.keys(entry.shape);

/** How many requests a container is given at a time, unless its file says it. */
const defaultConcurrency = { 'real-time': 500, serverless: 5, async: 4 } as const;

/**
 * Reads the file that declares endpoints; no file, no endpoints.
 *
 * @param file JSON: `{"<model>": {"command": [...] | "gguf": "..." | "container": true, "speaks": "...", ...}}`; paths
 *   in it are relative to its own folder
 * @throws invalid_request naming the file, the model and the field
 */
export function readEndpoints(file: string | null, options: EndpointFileOptions): readonly HostedEndpoint[] {
  if (file === null) return [];
  const endpoints = Object.entries(readSettingsFile(settings, file)).map(([model, value]) => {
    if (!isResourceName(model)) throw refusal(file, `"${model}" is not the name of a model`);
    const { success, data, error } = entry.safeParse(value);
    if (success) return endpointOf(model, data, { ...options, file });
    const { path, message } = error.issues[0]!;
    throw refusal(file, `model "${model}": ${path.length > 0 ? `"${path.join('.')}": ` : ''}${message}`);
  });
  for (const [index, { model, name }] of endpoints.entries()) {
    const other = endpoints.slice(0, index).find((earlier) => earlier.name === name);
    if (other) {
      throw refusal(
        file,
        `model "${model}": "endpoint": "${name}" is already that of model "${other.model}"`,
      );
    }
  }
  return endpoints;
}

/** The text of the variable `ONRAMP_ENDPOINTS`; empty without endpoints. */
export function endpointModelsText(endpoints: readonly HostedEndpoint[]): string {
  if (endpoints.length === 0) return '';
  return JSON.stringify(
    Object.fromEntries(
      endpoints.map(({ model, name, kind, speaks, servedName, input, usdPerHour }) => [
        model,
        { endpoint: name, kind, speaks, servedName, input, usdPerHour },
      ]),
    ),
  );
}

function endpointOf(
  model: string,
  given: Entry,
  { file, dist }: EndpointFileOptions & { readonly file: string },
): HostedEndpoint {
  const {
    endpoint = model.replace(/[._]+/g, '-'),
    kind,
    servedName,
    input,
    usdPerHour,
    variants,
    startSeconds,
    idleSeconds,
  } = given;
  const refuse = (problem: string): OnrampError => refusal(file, `model "${model}": ${problem}`);
  if (!variantName.test(endpoint)) {
    throw refuse(
      `"${endpoint}" is no name that SageMaker takes; give the endpoint another one in "endpoint"`,
    );
  }
  const shared = variants ?? { AllTraffic: { weight: 1 } };
  const entries = Object.entries(shared);
  if (entries.length === 0 || (kind !== 'real-time' && entries.length > 1)) {
    throw refuse('"variants": name one; only real-time endpoints can have more');
  }
  if (entries.every(([, { weight }]) => weight === 0)) {
    throw refuse('"variants": at least one needs a weight above 0');
  }
  const merged = entries.map(([name, own]): [string, number, ContainerEntry] => [
    name,
    own.weight,
    inherit(given, own),
  ]);
  return {
    model,
    name: endpoint,
    kind,
    speaks: given.speaks ?? spokenBy(merged[0]![2], refuse),
    ...(servedName !== undefined && { servedName }),
    ...(input && { input }),
    ...(usdPerHour !== undefined && { usdPerHour }),
    variants: merged.map(([name, weight, container]) => ({
      name,
      weight,
      container: containerOf(container, { dist, workingFolder: dirname(resolve(file)), refuse }),
    })),
    startSeconds,
    idleSeconds,
    concurrency: given.concurrency ?? defaultConcurrency[kind],
  };
}

function spokenBy(
  { gguf, container }: ContainerEntry,
  refuse: (problem: string) => OnrampError,
): EndpointProtocol {
  if (gguf !== undefined) return 'openai';
  if (container) return 'onramp';
  throw refuse(`"speaks": say what the command understands: ${endpointProtocols.join(', ')}`);
}

const refusal = (file: string, problem: string): OnrampError => fileRefusal(settings, file, { problem });
