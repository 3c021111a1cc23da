/** What the editor last had accepted for one ODS code. */
export interface ProfileState {
  readonly version: number;
  readonly sequenceNumber: number;
  readonly correlationId: string;
  /** Events sent with a number below `sequenceNumber`. */
  readonly staleEvents: number;
}

/** Free numbers below each issued one, for events that arrive too late. */
const SEQUENCE_STEP = 100;

/**
 * Versions and sequence numbers of every profile. Numbers start from the time in microseconds, as NHS.uk's own come
 * from a clock, so that a restarted simulator never falls behind what a directory has stored.
 */
export class ProfileLedger {
  readonly #states = new Map<string, ProfileState>();
  #lastSequence = 0;

  get(odsCode: string): ProfileState | undefined {
    return this.#states.get(odsCode);
  }

  nextSequence(): number {
    const now = Date.now() * 1000;
    this.#lastSequence = Math.max(now - (now % SEQUENCE_STEP), this.#lastSequence + SEQUENCE_STEP);
    return this.#lastSequence;
  }

  /** A number below the last accepted one that no other event of this code has, for the first 99 such events. */
  staleSequence(odsCode: string, state: ProfileState): number {
    const staleEvents = state.staleEvents + 1;
    this.#states.set(odsCode, { ...state, staleEvents });
    return state.sequenceNumber - 1 - ((staleEvents - 1) % (SEQUENCE_STEP - 1));
  }

  accepted(odsCode: string, event: { version: number; sequenceNumber: number; correlationId: string }): void {
    this.#states.set(odsCode, { ...event, staleEvents: 0 });
  }

  /** Versions start again at zero; sequence numbers go on rising. */
  clear(): void {
    this.#states.clear();
  }
}
