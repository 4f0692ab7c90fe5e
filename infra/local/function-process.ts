/** One child process that runs a function: start it, invoke it within its limits, stop it. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { followLog, type LogFile } from './log-file.ts';
import { makeProcessFolder } from './process-folder.ts';

/** What travels to the child. */
export interface Invocation {
  readonly event: unknown;
  readonly functionName: string;
  readonly requestId: string;
  readonly memoryLimitMb: number;
  readonly deadlineAt: number;
}

/** What comes back. */
export type Outcome =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly type: string; readonly message: string };

/** An invocation that came to nothing. */
export class FunctionFailure extends Error {
  override readonly name: string = 'FunctionFailure';
  /** What Lambda calls it: the name of the error that the handler threw, `Runtime.ExitError` or `Sandbox.Timedout`. */
  readonly type: string;
  readonly #reason: string;

  constructor(type: string, reason: string) {
    super(/^(Runtime|Sandbox)\./.test(type) ? reason : `${type}: ${reason}`);
    this.type = type;
    this.#reason = reason;
  }

  /** What Lambda says of it. */
  words(requestId: string): string {
    if (this.type === 'Sandbox.Timedout') return `RequestId: ${requestId} Error: Task timed out`;
    if (this.type === 'Runtime.ExitError') return `RequestId: ${requestId} Error: Runtime exited with error`;
    return this.#reason;
  }
}

/** How a function's processes are made. */
export interface FunctionProcessOptions {
  readonly functionName: string;
  /** The built handler, `dist/<function>/index.js`. */
  readonly entry: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryLimitMb: number;
  readonly timeoutMs: number;
  readonly log: LogFile;
  readonly onLogError: (message: string) => void;
}

/** A running child. */
export interface FunctionProcess {
  readonly id: number | undefined;
  /** False once the child has ended or was told to. */
  alive(): boolean;
  /**
   * Calls the handler once. Rejects with a `FunctionFailure` if the handler throws, if the child ends, and if the time limit passes, in which
   * case the child is killed.
   */
  invoke(event: unknown, requestId: string): Promise<unknown>;
  /** Ends the child at once; resolves when it is gone. */
  kill(): Promise<void>;
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const hostFile = fileURLToPath(new URL(`./function-host.${extension}`, import.meta.url));

/** Starts a child; the handler is loaded while the first invocation is on its way. */
export function startFunctionProcess(options: FunctionProcessOptions): FunctionProcess {
  const folder = makeProcessFolder(options.environment);
  const child = fork(hostFile, [options.entry, String(options.memoryLimitMb)], {
    env: { ...folder.environment, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(options.memoryLimitMb) },
    execArgv: [`--max-old-space-size=${options.memoryLimitMb}`],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  followLog(child.stdout!, options.log, options.onLogError);
  followLog(child.stderr!, options.log, options.onLogError);
  let alive = true;
  const ended = new Promise<string>((resolve) => {
    // 'close' comes after 'exit', when the last words have arrived as well.
    child.once('close', (code, signal) =>
      resolve(signal ? `was ended by ${signal}` : `exited with code ${code}`),
    );
    child.once('error', (error) => resolve(`could not be started: ${error.message}`));
  });
  const gone = ended.then(async (reason) => {
    alive = false;
    await folder.remove();
    return reason;
  });
  return {
    id: child.pid,
    alive: () => alive,
    invoke: (event, requestId) => invokeChild(child, gone, { event, requestId, ...options }),
    kill: async () => {
      alive = false;
      child.kill('SIGKILL');
      await gone;
    },
  };
}

async function invokeChild(
  child: ChildProcess,
  gone: Promise<string>,
  options: FunctionProcessOptions & { readonly event: unknown; readonly requestId: string },
): Promise<unknown> {
  const { event, requestId, functionName, memoryLimitMb, timeoutMs } = options;
  const deadlineAt = Date.now() + timeoutMs;
  const invocation: Invocation = { event, functionName, requestId, memoryLimitMb, deadlineAt };
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, timeoutMs);
  const answered = new Promise<Outcome>((resolve) =>
    child.once('message', (outcome: Outcome) => resolve(outcome)),
  );
  const died = gone.then((reason): Outcome => {
    return timedOut
      ? { ok: false, type: 'Sandbox.Timedout', message: `did not finish within ${timeoutMs / 1000} s` }
      : { ok: false, type: 'Runtime.ExitError', message: `its process ${reason}` };
  });
  // A child that is ending cannot be written to; `gone` tells why, so this error says nothing more.
  child.send(invocation, () => {});
  try {
    const outcome = await Promise.race([answered, died]);
    if (!outcome.ok) throw new FunctionFailure(outcome.type, outcome.message);
    return outcome.result;
  } finally {
    clearTimeout(timer);
    child.removeAllListeners('message');
  }
}
