import type { Database } from '#platform/db';
import type { OutgoingCalls } from '#platform/http';
import type { Clock, Logger } from '#platform/telemetry';
import { isBlank, isStorable } from '../domain/text.ts';
import { odsUnavailable, unknownOdsCode } from '../errors.ts';
import type { PartiesMetrics } from '../events.ts';
import { ASK_TIMING, type AskTiming, askDirectory } from './ask-directory.ts';
import { isKnownCode, recordConfirmedCode } from './ods-queries.ts';

/** Tells organisations that exist from those that do not: spec section 6.5. */
export interface OdsCodes {
  /** Returns when the code is known; throws the contract's 422 when it is not, its 500 when nobody can say. */
  check(odsCode: string, correlationId: string): Promise<void>;
}

export interface OdsOptions {
  mode: 'directory' | 'list' | 'off';
  organisationsUrl: string;
  cacheHours: number;
  timing?: AskTiming;
  db: Database;
  outgoing: OutgoingCalls;
  clock: Clock;
  log: Logger;
  metrics: Pick<PartiesMetrics, 'odsChecks' | 'odsSeconds'>;
}

const HOUR_MS = 3_600_000;
/** How long this process believes what the table said; the table itself is good for the cache hours. */
const MEMORY_MS = 60_000;
const MEMORY_CODES = 50_000;

/** Only positive answers are kept; a code that is declared, or confirmed while the directory was up, outlasts an outage. */
export function createOdsCodes(options: OdsOptions): OdsCodes {
  const { mode, db, clock, log, metrics, cacheHours } = options;
  const known = new Map<string, number>();
  const asking = new Map<string, Promise<void>>();
  const count = (source: string, outcome: string) => metrics.odsChecks.inc({ source, outcome });

  const remember = (odsCode: string): void => {
    if (known.size >= MEMORY_CODES) known.clear();
    known.set(odsCode, performance.now() + MEMORY_MS);
  };

  async function isInTable(odsCode: string): Promise<boolean> {
    const since = new Date(clock.now().getTime() - cacheHours * HOUR_MS);
    return isKnownCode(db.kysely, odsCode, mode === 'directory' && cacheHours > 0 ? since : undefined);
  }

  async function ask(odsCode: string, correlationId: string): Promise<void> {
    const stop = metrics.odsSeconds.startTimer();
    const answer = await askDirectory({
      outgoing: options.outgoing,
      organisationsUrl: options.organisationsUrl,
      odsCode,
      correlationId,
      timing: options.timing ?? ASK_TIMING,
    });
    stop();
    count('directory', answer);
    if (answer === 'unknown') throw unknownOdsCode(odsCode);
    if (answer === 'unavailable') throw odsUnavailable();
    if (cacheHours > 0) await recordConfirmedCode(db.kysely, odsCode, clock.now());
  }

  async function look(odsCode: string, correlationId: string): Promise<void> {
    if (await isInTable(odsCode)) count('table', 'known');
    else if (mode === 'directory') await ask(odsCode, correlationId);
    else {
      count('table', 'unknown');
      throw unknownOdsCode(odsCode);
    }
    if (mode !== 'directory' || cacheHours > 0) remember(odsCode);
  }

  return {
    check: async (odsCode, correlationId) => {
      // The domain rule answers the empty code; white space alone is nobody's, and half a surrogate cannot be asked for.
      if (odsCode === '') return;
      if (isBlank(odsCode) || !isStorable(odsCode)) throw unknownOdsCode(odsCode);
      if (mode === 'off') {
        log.warn('ODS code taken unchecked: PARTIES_ODS_MODE is off');
        return;
      }
      if ((known.get(odsCode) ?? 0) > performance.now()) return;
      // Requests with the same code share one question.
      let answer = asking.get(odsCode);
      if (!answer) {
        answer = look(odsCode, correlationId).finally(() => asking.delete(odsCode));
        asking.set(odsCode, answer);
      }
      await answer;
    },
  };
}
