import { PartiesError } from '../errors.ts';
import { changeText } from '../history/change-text.ts';
import { selectFeed } from '../history/history-queries.ts';
import { jsonText } from '../responses/json-text.ts';
import { defineAddition, readLimit } from './addition.ts';

/**
 * GET /_changes: every change of every party behind a cursor, in an order that never grows behind a reader's back. The
 * header `x-signature` is Ed25519 over the body, so a page can be handed on and still be checked.
 */
export const readChanges = defineAddition({
  name: 'read-changes',
  path: '/_changes',
  permission: 'changes',
  run: async ({ ctx, query }) => {
    const limit = readLimit(query);
    const after = query.get('after') ?? FIRST;
    const [, transactionId, seq] = CURSOR.exec(after) ?? [];
    if (transactionId === undefined || seq === undefined) {
      throw PartiesError.invalid('after: must be the `next` of a former page');
    }
    const rows = await selectFeed(ctx.databases.parties_read.kysely, { transactionId, seq, limit });
    const last = rows.at(-1);
    const next = last ? `${last.transaction_id}-${last.seq}` : after;
    const body = `{"changes": [${rows.map(changeText).join(', ')}], "next": "${next}"}`;
    return {
      body,
      headers: { 'x-signature': `ed25519=${ctx.feedSigner().sign(Buffer.from(body, 'latin1'))}` },
    };
  },
});

/** GET /_changes/key: the public key that checks the signatures, in PEM. */
export const readChangesKey = defineAddition({
  name: 'read-changes',
  path: '/_changes/key',
  permission: 'changes',
  run: async ({ ctx }) => ({
    body: `{"algorithm": "ed25519", "public_key": ${jsonText(ctx.feedSigner().publicKey)}}`,
  }),
});

const FIRST = '0-0';
const CURSOR = /^(\d{1,19})-(\d{1,18})$/;
