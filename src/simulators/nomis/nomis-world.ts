import { createKeyDateAdjustments, createSentenceAdjustments, type NomisAdjustment } from './adjustments.ts';
import type { RecordSet } from './record-set.ts';
import { DEFAULT_SHARES } from './visits/visit-shares.ts';
import { createVisits, type Visits } from './visits/visits.ts';

const DEFAULT_VISITS = 200_000;
const PRISONERS = 20_000;

/** What the simulated NOMIS holds. Other simulators read it to recognise what came from it. */
export interface NomisWorld {
  readonly prisoners: number;
  readonly visits: Visits;
  readonly sentenceAdjustments: RecordSet<NomisAdjustment>;
  readonly keyDateAdjustments: RecordSet<NomisAdjustment>;
  /** Back to what it held at the start. */
  reset(): void;
}

export function createNomisWorld(options: { visits: number | undefined; now: () => Date }): NomisWorld {
  const count = options.visits ?? DEFAULT_VISITS;
  const visits = createVisits({ count, prisoners: PRISONERS, now: options.now });
  const sentenceAdjustments = createSentenceAdjustments(PRISONERS);
  const keyDateAdjustments = createKeyDateAdjustments(PRISONERS);
  return {
    prisoners: PRISONERS,
    visits,
    sentenceAdjustments,
    keyDateAdjustments,
    reset() {
      visits.replan(count, DEFAULT_SHARES);
      sentenceAdjustments.clear();
      keyDateAdjustments.clear();
    },
  };
}
