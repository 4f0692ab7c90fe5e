/** Hosts endpoints of parrots as the platform does, and asks them with Amazon's own client. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  InvokeEndpointCommand,
  type InvokeEndpointCommandInput,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from '@aws-sdk/client-sagemaker-runtime';
import { onTestFinished } from 'vitest';
import { localCredentials } from '../../../../infra/local/config.ts';
import { startHosting } from '../../../../infra/local/sagemaker/hosting/index.ts';
import type { Later } from '../../../../infra/local/sagemaker/hosting/instance.ts';
import { sageMakerLimits } from '../../../../infra/local/sagemaker/hosting/invoke.ts';
import { readEndpoints } from '../../../../infra/local/sagemaker/hosting/settings.ts';
import { createMemoryObjectStore } from '../../../../lib/storage/index.ts';
import { temporaryFolder, until } from '../support.ts';

const parrot = fileURLToPath(new URL('containers/parrot.ts', import.meta.url));

/** A timer of which tests say when its time has come. */
export function handTimer() {
  const planned = new Set<{ readonly action: () => void; readonly delayMs: number }>();
  const later: Later = (action, delayMs) => {
    const plan = { action, delayMs };
    planned.add(plan);
    return () => planned.delete(plan);
  };
  /** Does what was planned with this delay; the number of such plans. */
  const pass = (delayMs: number): number => {
    const due = [...planned].filter((plan) => plan.delayMs === delayMs);
    for (const plan of due) {
      planned.delete(plan);
      plan.action();
    }
    return due.length;
  };
  return { later, pass, delays: () => [...planned].map(({ delayMs }) => delayMs) };
}

/** How the endpoints of a test are hosted. */
export interface TestHosting {
  /** Content of the file, without the commands. */
  readonly endpoints: Readonly<Record<string, object>>;
  readonly limits?: Partial<typeof sageMakerLimits>;
  readonly random?: () => number;
  readonly home?: string;
}

/** Starts endpoints; each runs a parrot unless it says otherwise. */
export async function hostParrots({
  endpoints,
  limits,
  random = () => 0,
  home = temporaryFolder(),
}: TestHosting) {
  const file = join(home, 'endpoints.json');
  const whole = Object.entries(endpoints).map(([name, settings]) => [
    name,
    { command: [process.execPath, parrot], speaks: 'raw', ...settings },
  ]);
  writeFileSync(file, JSON.stringify(Object.fromEntries(whole)));
  const [tmp, marks] = [join(home, 'tmp'), join(home, 'marks')];
  for (const folder of [tmp, marks]) mkdirSync(folder, { recursive: true });
  const reports: string[] = [];
  const timer = handTimer();
  const stores = { 'onramp-artifacts': createMemoryObjectStore(), 'onramp-data': createMemoryObjectStore() };
  const clock = { nowMs: Date.now() };
  const hosting = await startHosting({
    endpoints: readEndpoints(file, { dist: join(home, 'dist') }),
    home,
    environment: { PATH: process.env.PATH!, TMPDIR: tmp, PARROT_FOLDER: marks, SHARED: 'yes' },
    report: (message) => reports.push(message),
    parts: {
      later: timer.later,
      random,
      now: () => clock.nowMs,
      storeOf: (bucket) => stores[bucket as keyof typeof stores],
      limits: { ...sageMakerLimits, ...limits },
    },
  });
  let closed = false;
  const close = async (): Promise<void> => {
    if (!closed) await hosting.close();
    closed = true;
  };
  onTestFinished(close);
  const client = new SageMakerRuntimeClient({
    ...{ endpoint: hosting.url, region: 'us-east-1', credentials: localCredentials, maxAttempts: 1 },
  });
  const invoke = async (body: string | Uint8Array, more: Partial<InvokeEndpointCommandInput> = {}) => {
    const command = new InvokeEndpointCommand({ EndpointName: 'm', Body: body, ...more });
    const { Body, ...rest } = await client.send(command);
    return { ...rest, text: Buffer.from(Body).toString() };
  };
  return {
    ...{ hosting, home, client, invoke, reports, timer, stores, clock, close },
    logPath: (name: string) => join(home, 'logs', `endpoint-${name}.log`),
    isMarked: (name: string) => existsSync(join(marks, name)),
    marks,
    /** Waits until an endpoint answers. */
    ready: (name = 'm') => until(() => invoke('name', { EndpointName: name }).then(Boolean, () => false)),
    /** Reads a stream to its end, or to its error. */
    stream: async (body: string, more: Partial<InvokeEndpointCommandInput> = {}, signal?: AbortSignal) => {
      const command = new InvokeEndpointWithResponseStreamCommand({ EndpointName: 'm', Body: body, ...more });
      const { Body, ...rest } = await client.send(command, signal ? { abortSignal: signal } : {});
      const parts: string[] = [];
      let error: unknown;
      try {
        for await (const { PayloadPart: part } of Body!) {
          parts.push(Buffer.from(part!.Bytes!).toString());
        }
      } catch (thrown) {
        error = thrown;
      }
      return { ...rest, parts, error };
    },
  };
}

/** Why a call was refused, as its client sees it. */
export async function refusalOf(call: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = await call.then(
    () => null,
    (reason: Record<string, unknown>) => reason,
  );
  if (error === null) throw new Error('the call was not refused');
  const { name, message, OriginalStatusCode, OriginalMessage, LogStreamArn } = error;
  const { httpStatusCode: status } = error.$metadata as { readonly httpStatusCode: number };
  return { name, status, message, OriginalStatusCode, OriginalMessage, LogStreamArn };
}
