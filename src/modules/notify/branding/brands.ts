// Changes of brands that touch more than their own row: internals section 3.4.17.
import { randomUUID } from 'node:crypto';
import { violatedConstraint } from '#platform/db';
import type { NotifyContext } from '../context.ts';
import { findBrandUse, removeFromPools } from './brand-use-queries.ts';
import {
  type EmailBrandFields,
  findEmailBrand,
  insertEmailBrand,
  updateEmailBrand,
} from './email-brand-queries.ts';
import { insertLetterBrand, updateLetterBrand } from './letter-brand-queries.ts';

/** Why a brand was not saved, as the contract says it. */
export class BrandRefusal extends Error {
  readonly answer: string | Record<string, string[]>;

  constructor(answer: string | Record<string, string[]>) {
    super(typeof answer === 'string' ? answer : Object.values(answer).flat().join('; '));
    this.name = 'BrandRefusal';
    this.answer = answer;
  }
}

const REFUSALS: Record<string, string | Record<string, string[]>> = {
  email_brands_name_key: { name: ['An email branding with that name already exists.'] },
  email_brands_one_text_check: 'Email branding must have exactly one of alt_text and text.',
  letter_brands_name_key: { name: ['Name already in use'] },
  letter_brands_filename_key: { filename: ['Filename already in use'] },
};

/** Returns the id of the new brand. */
export async function createEmailBrand(
  ctx: NotifyContext,
  brand: EmailBrandFields,
  createdById: string | null,
): Promise<string> {
  const id = randomUUID();
  const row = { brand_type: 'org', active: true, ...brand, id, created_by_id: createdById };
  await refusing(() => insertEmailBrand(ctx.db.kysely, row, ctx.clock.now()));
  return id;
}

export async function changeEmailBrand(
  ctx: NotifyContext,
  id: string,
  changes: EmailBrandFields & { updated_by_id?: string | null },
): Promise<void> {
  await refusing(() => updateEmailBrand(ctx.db.kysely, id, changes, ctx.clock.now()));
  ctx.services.clear();
}

/** A brand that nobody uses is put away under another name; a repeated call changes nothing. */
export async function archiveEmailBrand(ctx: NotifyContext, id: string): Promise<void> {
  const now = ctx.clock.now();
  const stamp = now.toISOString().slice(0, 19).replace('T', '-');
  await ctx.db.kysely.transaction().execute(async (trx) => {
    // Locked against services and organisations that take it at the same time.
    const brand = await findEmailBrand(trx, id, true);
    if (!brand?.active) return;
    const { organisations, services } = await findBrandUse(trx, 'email', id);
    if (organisations.length > 0 || services.length > 0) {
      throw new BrandRefusal("Email branding is in use and so it can't be archived.");
    }
    await removeFromPools(trx, 'email', id);
    await updateEmailBrand(trx, id, { active: false, name: `_archived_${stamp}_${brand.name}` }, now);
  });
}

export async function createLetterBrand(
  ctx: NotifyContext,
  brand: { name: string; filename: string; createdById: string | null },
): Promise<string> {
  const id = randomUUID();
  await refusing(() => insertLetterBrand(ctx.db.kysely, { ...brand, id }, ctx.clock.now()));
  return id;
}

export async function changeLetterBrand(
  ctx: NotifyContext,
  brand: { id: string; name: string; filename: string; updatedById: string | null },
): Promise<void> {
  await refusing(() => updateLetterBrand(ctx.db.kysely, brand, ctx.clock.now()));
  ctx.services.clear();
}

async function refusing(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const answer = REFUSALS[violatedConstraint(error) ?? ''];
    if (answer === undefined) throw error;
    throw new BrandRefusal(answer);
  }
}
