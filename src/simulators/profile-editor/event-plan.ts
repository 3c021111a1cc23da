import type { ProfileLedger } from './profile-ledger.ts';

/**
 * changed: the next version. unchanged: the same version under a new number. stale: an older version under a lower
 * number. duplicate: the last accepted event again, to the letter. poison: accepted, yet impossible to process.
 * unmatched: a code that no directory has.
 */
export const EVENT_KINDS = ['changed', 'unchanged', 'stale', 'duplicate', 'poison', 'unmatched'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** How many events of each kind, relative to each other. */
export type EventMix = Readonly<Record<EventKind, number>>;

/** One event before it is sent. */
export interface PlannedEvent {
  readonly kind: EventKind;
  readonly odsCode: string;
  readonly version: number;
  readonly sequenceNumber: number;
  readonly correlationId: string;
}

/** Draws events one after the other; the same seed draws the same kinds and codes. */
export function createPlanner(options: {
  mix: EventMix;
  odsCodes: readonly string[];
  unmatchedCodes: readonly string[];
  seed: number;
  ledger: ProfileLedger;
}): (correlationId: string) => PlannedEvent {
  const { odsCodes, unmatchedCodes, ledger } = options;
  const random = seededRandom(options.seed);
  const pickKind = kindPicker(options.mix, random);
  return (correlationId) => {
    const kind = pickKind();
    const codes = kind === 'unmatched' ? unmatchedCodes : odsCodes;
    const odsCode = codes[Math.floor(random() * codes.length)] ?? '';
    return planEvent(kind, odsCode, correlationId, ledger);
  };
}

function planEvent(
  kind: EventKind,
  odsCode: string,
  correlationId: string,
  ledger: ProfileLedger,
): PlannedEvent {
  const state = ledger.get(odsCode);
  const version = state?.version ?? 0;
  if (state && kind === 'duplicate') {
    const { sequenceNumber } = state;
    return { kind, odsCode, version, sequenceNumber, correlationId: state.correlationId };
  }
  if (state && kind === 'stale') {
    // Another version than the current one, so that a directory which wrongly applies it can be seen to.
    const older = version === 0 ? 1 : version - 1;
    const sequenceNumber = ledger.staleSequence(odsCode, state);
    return { kind, odsCode, version: older, sequenceNumber, correlationId };
  }
  const sequenceNumber = ledger.nextSequence();
  // Nothing can repeat or precede an event that was never accepted: that code gets its first change.
  const actual = kind === 'duplicate' || kind === 'stale' ? 'changed' : kind;
  const next = actual === 'changed' ? version + 1 : version;
  return { kind: actual, odsCode, version: next, sequenceNumber, correlationId };
}

function kindPicker(mix: EventMix, random: () => number): () => EventKind {
  const total = EVENT_KINDS.reduce((sum, kind) => sum + mix[kind], 0);
  return () => {
    let left = random() * total;
    for (const kind of EVENT_KINDS) {
      left -= mix[kind];
      if (left < 0) return kind;
    }
    return 'changed';
  };
}

/** Mulberry32: small, fast, and good enough to choose test data. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
