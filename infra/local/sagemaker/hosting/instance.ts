/** The one instance of a variant: kept running or started on demand, started again after a crash, stopped when idle. */
import type { ContainerProcess } from './container-process.ts';

/** A timer that can be replaced: does something later, and gives what calls it off. */
export type Later = (action: () => void, delayMs: number) => () => void;

/** How an instance is kept. */
export interface InstanceOptions {
  /** Starts a container. */
  readonly launch: () => Promise<ContainerProcess>;
  /** A container that is not healthy after so long is ended, and counts as crashed. */
  readonly startMs: number;
  /** Without requests for so long it is stopped; `null` keeps it running, from the start on. */
  readonly idleMs: number | null;
  readonly later: Later;
  /** Is called when a request that had to wait may find it otherwise. */
  readonly onChange: () => void;
  /** Tells the person at the terminal. */
  readonly report: (message: string) => void;
}

/** A request's hold on an instance: while there is one it is not idle. */
export interface InstanceLease {
  readonly port: number;
  release(): void;
}

/** SageMaker waits so long after SIGTERM. */
const stopGraceMs = 30_000;
/** Whoever ends the platform does not. */
const closeGraceMs = 2000;
const longestPauseMs = 60_000;
/** One that was well for so long crashes for a new reason. */
const calmMs = 60_000;

/** The pause after the nth crash in a row. */
const pauseMs = (crashes: number): number => Math.min(longestPauseMs, 500 * 2 ** crashes);

/** An instance; one that is kept running starts at once. */
export class Instance {
  readonly #options: InstanceOptions;
  #state: 'off' | 'starting' | 'ready' | 'stopping' | 'pausing' | 'closed' = 'off';
  #container: ContainerProcess | undefined;
  #launching: Promise<void> | undefined;
  #leases = 0;
  #crashes = 0;
  #callOff = (): void => {};
  #callOffCalm = (): void => {};

  constructor(options: InstanceOptions) {
    this.#options = options;
    if (options.idleMs === null) this.#start();
  }

  /** A place at the container, or `null` if it cannot be asked now; then it is started if it was off. */
  take(): InstanceLease | null {
    const container = this.#container;
    if (this.#state !== 'ready' || container === undefined) {
      this.#start();
      return null;
    }
    if (this.#leases === 0) this.#callOff();
    this.#leases++;
    const release = (): void => {
      this.#leases--;
      this.#rest();
    };
    return { port: container.port, release };
  }

  /** True while it waits after a crash. */
  isDown(): boolean {
    return this.#state === 'pausing';
  }

  /** Ends the container for good. */
  async close(): Promise<void> {
    this.#state = 'closed';
    this.#callOff();
    this.#callOffCalm();
    await this.#launching;
    await this.#container?.stop(closeGraceMs);
  }

  #start(): void {
    if (this.#state !== 'off') return;
    this.#state = 'starting';
    this.#launching = this.#options.launch().then(
      (container) => this.#watch(container),
      (error: unknown) => this.#crashed(`could not be started: ${error}`),
    );
  }

  #watch(container: ContainerProcess): void {
    const { startMs } = this.#options;
    let fault: string | undefined;
    this.#container = container;
    void container.gone.then((reason) => {
      this.#container = undefined;
      if (this.#state === 'stopping') this.#become('off');
      else this.#crashed(fault ?? reason);
    });
    if (this.#state === 'closed') return;
    this.#plan(() => {
      fault = `was not healthy within ${startMs / 1000} s`;
      void container.stop(0);
    }, startMs);
    void container.healthy.then(() => this.#ready(container));
  }

  #ready(container: ContainerProcess): void {
    if (this.#state !== 'starting' || this.#container !== container) return;
    this.#callOff();
    this.#callOffCalm = this.#options.later(() => {
      this.#crashes = 0;
    }, calmMs);
    this.#become('ready');
    this.#rest();
  }

  #crashed(reason: string): void {
    if (this.#state === 'closed') return;
    this.#callOffCalm();
    const waitMs = pauseMs(++this.#crashes);
    this.#options.report(`${reason}; it can be started again in ${waitMs / 1000} s`);
    this.#become('pausing');
    this.#plan(() => this.#become('off'), waitMs);
  }

  /** Begins the time after which an instance without requests is stopped. */
  #rest(): void {
    const { idleMs } = this.#options;
    if (idleMs === null || this.#leases > 0 || this.#state !== 'ready') return;
    this.#plan(() => {
      this.#state = 'stopping';
      void this.#container?.stop(stopGraceMs);
    }, idleMs);
  }

  #become(state: 'off' | 'ready' | 'pausing'): void {
    this.#state = state;
    if (state === 'off' && this.#options.idleMs === null) this.#start();
    this.#options.onChange();
  }

  /** There is one thing at a time that is done later. */
  #plan(action: () => void, delayMs: number): void {
    this.#callOff();
    this.#callOff = this.#options.later(action, delayMs);
  }
}
