import { randomUUID } from 'node:crypto';
import type { NotifyContext } from '../context.ts';
import { renderStoredSms } from '../delivery/sms-out.ts';
import {
  type FailedLetterRow,
  findByReferences,
  findUncountedTexts,
  insertInboundNumber,
  setBillableUnits,
} from './one-off-queries.ts';

const PAGE = 1_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

/** Adds numbers of the provider that receives texts; those that are there are left alone. */
export async function insertInboundNumbers(
  ctx: NotifyContext,
  lines: readonly string[],
): Promise<{ added: number; known: number; refused: string[] }> {
  const numbers = lines.map((line) => line.trim()).filter((line) => line !== '');
  const result = { added: 0, known: 0, refused: numbers.filter((number) => !/^07\d{9}$/.test(number)) };
  for (const number of numbers.filter((one) => /^07\d{9}$/.test(one))) {
    const isNew = await insertInboundNumber(ctx.db.kysely, {
      id: randomUUID(),
      number,
      now: ctx.clock.now(),
    });
    if (isNew) result.added += 1;
    else result.known += 1;
  }
  return result;
}

/** Counts the fragments of texts that were sent and have none; returns how many it counted. */
export async function fixBillableUnits(ctx: NotifyContext): Promise<number> {
  let fixed = 0;
  for (let after = FIRST_ID; ; ) {
    const rows = await findUncountedTexts(ctx.db.kysely, after, PAGE);
    const templates = await ctx.templates.versionsOf(rows);
    for (const row of rows) {
      const service = await ctx.services.get(row.service_id);
      const units = service && renderStoredSms(ctx, row, service, templates)?.fragments;
      if (units === undefined) continue;
      await setBillableUnits(ctx.db.kysely, row.id, units);
      fixed += 1;
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return fixed;
    after = last.id;
  }
}

/** References in the names that the printer has for files: characters 8 to 23. */
export function letterReferencesOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.trim().slice(7, 23)).filter((reference) => reference.length === 16);
}

export function findFailedLetters(
  ctx: Pick<NotifyContext, 'db'>,
  references: readonly string[],
): Promise<FailedLetterRow[]> {
  return findByReferences(ctx.db.kysely, references);
}
