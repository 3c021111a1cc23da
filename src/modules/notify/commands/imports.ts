// One-off imports from files that people keep in spreadsheets: internals appendix C. Every import can be repeated.
import { randomUUID } from 'node:crypto';
import { readUuid } from '../auth/uuid-text.ts';
import { csvRecords } from '../bulk-sends/csv.ts';
import type { NotifyContext } from '../context.ts';
import { findOrganisationByDomain, ORGANISATION_TYPES } from '../organisations/organisation-queries.ts';
import {
  findServiceRecord,
  recordService,
  type ServiceRecord,
  updateServiceRecord,
} from '../service-settings/service-record-queries.ts';
import { domainsOf } from '../team/enough-managers.ts';
import { findUserByEmail } from '../users/user-queries.ts';
import {
  claimDomains,
  findBrands,
  findServicesWithoutOrganisation,
  insertImportedOrganisation,
  setAgreement,
} from './import-queries.ts';

export interface ImportResult {
  /** Lines that were taken. */
  done: number;
  /** Why others were not, with their line numbers; nothing of them is kept. */
  problems: string[];
}

type TakeLine = (cells: string[]) => Promise<string | undefined>;

/** Each line after the header on its own: one that cannot be taken does not hold up the next. */
async function takeLines(records: Iterable<string[]>, take: TakeLine): Promise<ImportResult> {
  const result: ImportResult = { done: 0, problems: [] };
  let line = 0;
  for (const cells of records) {
    line += 1;
    if (line === 1 || cells.every((cell) => cell.trim() === '')) continue;
    const problem = await take(cells.map((cell) => cell.trim()));
    if (problem === undefined) result.done += 1;
    else result.problems.push(`Line ${line}: ${problem}`);
  }
  return result;
}

/** Name, type, crown, agreement, domains with commas, email brand, letter brand; separated by `|`. */
export function importOrganisations(ctx: NotifyContext, file: string): Promise<ImportResult> {
  const records = file.split(/\r?\n/).map((line) => line.split('|'));
  return takeLines(records, async (cells) => {
    const [name = '', type = '', crown = '', agreement = '', domains = '', email = '', letter = ''] = cells;
    const [isCrown, isSigned] = [truthOf(crown), truthOf(agreement)];
    const known = ORGANISATION_TYPES.find((one) => one === type.toLowerCase());
    if (name === '') return 'there is no name';
    if (known === undefined) return `${type} is no type of organisation`;
    if (isCrown === undefined || isSigned === undefined) return 'crown and agreement are 1, 0 or nothing';
    const brands = await findBrands(ctx.db.kysely, { email, letter });
    if (email !== '' && brands.email === null) return `there is no email brand ${email}`;
    if (letter !== '' && brands.letter === null) return `there is no letter brand ${letter}`;
    const wanted = domains
      .split(',')
      .map((domain) => domain.trim())
      .filter((domain) => domain !== '');
    await ctx.db.kysely.transaction().execute(async (trx) => {
      await insertImportedOrganisation(trx, {
        id: randomUUID(),
        name,
        type: known,
        crown: isCrown,
        isAgreementSigned: isSigned,
        emailBrandId: brands.email,
        letterBrandId: brands.letter,
        now: ctx.clock.now(),
      });
      await claimDomains(trx, name, wanted);
    });
    return undefined;
  });
}

/** CSV: organisation's id, version of the agreement, who it was signed for, day as DD/MM/YYYY. */
export function importAgreements(ctx: NotifyContext, file: string): Promise<ImportResult> {
  return takeLines(csvRecords(file), async ([idText, versionText = '', onBehalfOf = '', dayText = '']) => {
    const organisationId = readUuid(idText);
    const version = Number(versionText);
    const signedAt = dayOf(dayText);
    if (organisationId === undefined) return 'there is no id of an organisation';
    if (versionText === '' || Number.isNaN(version)) return `${versionText} is no version`;
    if (signedAt === undefined) return `${dayText} is no day as DD/MM/YYYY`;
    const agreement = {
      organisationId,
      version,
      onBehalfOf: onBehalfOf === '' ? null : onBehalfOf,
      signedAt,
      now: ctx.clock.now(),
    };
    return (await setAgreement(ctx.db.kysely, agreement)) ? undefined : 'there is no such organisation';
  });
}

/** CSV: service, texts, emails and letters it means to send in a year. */
export function importVolumes(ctx: NotifyContext, file: string): Promise<ImportResult> {
  return takeLines(csvRecords(file), async ([idText, ...volumes]) => {
    const [sms, email, letter] = volumes.map((text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined));
    if (sms === undefined || email === undefined || letter === undefined)
      return 'three whole numbers are needed';
    return changeService(ctx, idText, { volume_sms: sms, volume_email: email, volume_letter: letter });
  });
}

/** CSV of 14 columns, of which the third is the service, the seventh who made it live, the ninth when (DD/MM/YYYY). */
export function importGoLive(ctx: NotifyContext, file: string): Promise<ImportResult> {
  return takeLines(csvRecords(file), async (cells) => {
    const [idText, email = '', dayText = ''] = [cells[2], cells[6], cells[8]];
    const day = dayOf(dayText);
    if (day === undefined) return `${dayText} is no day as DD/MM/YYYY`;
    const user = email === '' ? undefined : await findUserByEmail(ctx.db.kysely, email);
    if (email !== '' && !user) return 'there is no user with this address';
    // Noon: the day stays the same in every zone that people look at it from.
    const go_live_at = new Date(day.getTime() + 12 * 3_600_000);
    return changeService(ctx, idText, { go_live_user_id: user?.id ?? null, go_live_at });
  });
}

/** Gives services of nobody to the organisation that has the domain of whoever made them. */
export async function associateServices(ctx: NotifyContext): Promise<{ associated: number; left: number }> {
  const services = await findServicesWithoutOrganisation(ctx.db.kysely);
  let associated = 0;
  for (const { id, email_address: address } of services) {
    const organisation = await findOrganisationByDomain(ctx.db.kysely, domainsOf(address));
    if (!organisation) continue;
    const { id: organisation_id, organisation_type } = organisation;
    const problem = await changeService(ctx, id, { organisation_id, organisation_type });
    if (problem === undefined) associated += 1;
  }
  return { associated, left: services.length - associated };
}

async function changeService(
  ctx: NotifyContext,
  idText: string | undefined,
  changes: Partial<ServiceRecord>,
): Promise<string | undefined> {
  const id = readUuid(idText);
  if (id === undefined) return 'there is no id of a service';
  const now = ctx.clock.now();
  const isThere = await ctx.db.kysely.transaction().execute(async (trx) => {
    const stored = await findServiceRecord(trx, id, true);
    if (!stored) return false;
    if (isSame(stored, changes)) return true;
    await updateServiceRecord(trx, id, changes, now);
    await recordService(trx, id, now);
    return true;
  });
  ctx.services.clear();
  return isThere ? undefined : 'there is no such service';
}

/** An import that is repeated makes no further version. */
function isSame(stored: ServiceRecord, changes: Partial<ServiceRecord>): boolean {
  return JSON.stringify({ ...stored, ...changes }) === JSON.stringify(stored);
}

/** Null for nothing, undefined for what is neither. */
function truthOf(text: string): boolean | null | undefined {
  if (text === '') return null;
  if (/^(?:1|true)$/i.test(text)) return true;
  return /^(?:0|false)$/i.test(text) ? false : undefined;
}

function dayOf(text: string): Date | undefined {
  const [, day, month, year] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCDate() === Number(day) && date.getUTCMonth() === Number(month) - 1 ? date : undefined;
}
