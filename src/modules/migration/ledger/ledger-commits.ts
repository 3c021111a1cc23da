// The two ledger writes around a create belong to one record each, but records are worked on side by side: those that
// come together share a statement, and each still waits for its own commit.
import { createGroupCommit, type Database, type GroupCommit } from '#platform/db';
import { type CreatedItem, type LedgerKey, markCreated, markPosting } from './ledger-queries.ts';

export interface PostingCommit extends LedgerKey {
  sourceHash: string | null;
  /** Filled in: the number of the create, or null when the record is no longer ours. */
  round: number | null;
}

export interface CreatedCommit extends CreatedItem {
  /** Filled in: whether the record was still ours, and whether its mapping was written. */
  isRecorded: boolean;
  isMapped: boolean;
}

const MAX_ITEMS = 200;

export function createLedgerCommits(db: Database): {
  posting: GroupCommit<PostingCommit>;
  created: GroupCommit<CreatedCommit>;
} {
  return {
    posting: createGroupCommit<PostingCommit>({
      db,
      maxItems: MAX_ITEMS,
      maxWaitMs: 2,
      maxConcurrentCommits: 2,
      isOneStatement: true,
      commit: async (handle, items) => {
        const rounds = new Map(
          (await markPosting(handle, items)).map((row) => [`${row.type} ${row.key}`, row.round]),
        );
        for (const item of items) item.round = rounds.get(`${item.type} ${item.key}`) ?? null;
      },
    }),
    created: createGroupCommit<CreatedCommit>({
      db,
      maxItems: MAX_ITEMS,
      maxWaitMs: 2,
      maxConcurrentCommits: 2,
      isOneStatement: true,
      commit: async (handle, items) => {
        const rows = new Map(
          (await markCreated(handle, items)).map((row) => [`${row.type} ${row.key}`, row]),
        );
        for (const item of items) {
          const row = rows.get(`${item.type} ${item.key}`);
          item.isRecorded = row !== undefined;
          item.isMapped = row?.mapped ?? false;
        }
      },
    }),
  };
}
