import type { Logger } from '#platform/telemetry';
import type { CallRing } from './call-ring.ts';
import type { FaultList } from './faults.ts';
import type { Reply } from './replies.ts';
import type { SimulatorRequest } from './simulator-request.ts';

/**
 * One stand-in for an outside system. The frame gives each its path prefix, recorded calls, faults and controls;
 * a simulator brings only what its system does.
 */
export interface Simulator {
  /** Path prefix, without the slash. */
  readonly name: string;
  readonly title: string;
  readonly standsFor: string;
  /** The setting that names the real system in place of this one, when there is one. */
  readonly setting?: string;
  start(context: SimulatorContext): Promise<RunningSimulator>;
}

export interface SimulatorContext {
  readonly log: Logger;
  readonly host: string;
  readonly smtpPort: number;
  readonly settings: SimulatorSettings;
  readonly calls: CallRing;
  readonly faults: FaultList;
}

export interface SimulatorSettings {
  /** Root of the Notify API, to which receipts and received texts go unless a simulator is told otherwise. */
  readonly notifyUrl?: string;
  /** Where the profile editor sends change events unless a run says otherwise. */
  readonly changeEventUrl?: string;
  /** The key it sends with them unless a run says otherwise. */
  readonly changeEventApiKey?: string;
  /** How many pharmacies the directory was seeded with; all real ODS codes when absent. */
  readonly pharmacies?: number;
  /** How many visits the NOMIS simulator holds; 200,000 when absent. */
  readonly visits?: number;
  /** How many prisoners it holds, each with a booking and the records of it; 20,000 when absent. */
  readonly prisoners?: number;
  /** Where the NOMIS simulator sends events unless told otherwise. */
  readonly migrationUrl?: string;
  /** The time of the simulated services; the clock of the machine when absent. */
  readonly now?: () => Date;
}

export interface RunningSimulator {
  /** What the outside system does: recorded in the calls and subject to faults. */
  handle(request: SimulatorRequest): Reply | Promise<Reply>;
  /** Pages for people, asked for first on every GET; neither recorded nor subject to faults. */
  page?(request: SimulatorRequest): Reply | undefined | Promise<Reply | undefined>;
  /**
   * Controls of its own, asked first for every request; neither recorded nor subject to faults. It must be quick to
   * say undefined.
   */
  control?(request: SimulatorRequest): Reply | undefined | Promise<Reply | undefined>;
  /** What GET calls answers when the recorded HTTP requests are not the interesting part. */
  calls?(since: number): Iterable<unknown> | AsyncIterable<unknown>;
  clearCalls?(): void;
  audit?(query: URLSearchParams): Iterable<unknown>;
  clearData?(): void;
  /** The port an SMTP listener really got, for the one simulator that has one. */
  readonly smtpPort?: number;
  /** One line for the index page. */
  state(): string;
  [Symbol.asyncDispose]?(): Promise<void>;
}
