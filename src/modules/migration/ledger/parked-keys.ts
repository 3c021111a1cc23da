// Records whose job was put back while a request of theirs goes on. This process vouches for them every few seconds; when
// it dies they are free soon, and whoever takes one over looks at the target before anything is sent again.
import type { MigrationContext } from '../context.ts';
import { type LedgerKey, renewParked, unparkKey } from './ledger-queries.ts';

/** How long a parked record waits for a process that died. */
export const PARK_SECONDS = 20;
const RENEW_MS = 5_000;

export interface ParkedKeys {
  /** Parked in the ledger until `done`, which never rejects, and a little longer where that cannot be written. */
  keep(item: LedgerKey, done: Promise<unknown>): Promise<void>;
}

export function createParkedKeys({ db, log }: Pick<MigrationContext, 'db' | 'log'>): ParkedKeys {
  const parked = new Set<LedgerKey>();
  let timer: NodeJS.Timeout | undefined;

  function renewLater(): void {
    timer = setTimeout(async () => {
      try {
        await renewParked(db.kysely, [...parked], PARK_SECONDS);
      } catch (error) {
        log.warn({ err: error, parked: parked.size }, 'parked records not renewed');
      }
      if (parked.size > 0) renewLater();
      else timer = undefined;
    }, RENEW_MS);
    // Nobody waits for it: a process that ends lets go of its records.
    timer.unref();
  }

  return {
    async keep(item, done) {
      parked.add(item);
      if (timer === undefined) renewLater();
      await done;
      parked.delete(item);
      try {
        await unparkKey(db.kysely, item);
      } catch (error) {
        // It stays parked until its lease ends, and is looked up then.
        log.warn({ err: error, type: item.type }, 'record not taken out of its parking place');
      }
    },
  };
}
