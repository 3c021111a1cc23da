import type { Database, Handle } from '#platform/db';
import { LOCATION_COUNT, locationAt, odsCodeAt } from '#reference/pharmacies';
import {
  COMMISSIONING_ORGANISATION,
  countServices,
  HIERARCHY_SIZE,
  hierarchyServices,
  pharmacyContent,
} from './dos-content.ts';
import {
  analyzeTables,
  createSchema,
  findCommissionerIds,
  findPharmacyCodes,
  insertDates,
  insertEditor,
  insertHistories,
  insertLocations,
  insertOpenings,
  insertPendingChanges,
  insertServices,
  insertZCodes,
  lockPreparation,
  reserveIds,
  schemaExists,
  useSchema,
} from './seed-queries.ts';

const PHARMACIES_PER_STATEMENT = 1000;

/**
 * Makes a DoS database for installations without access to the real one: schema and reference data when they are
 * missing, and as many made-up pharmacies when there is none at all. Safe to call at every start and from several
 * processes; a schema that is there is never touched.
 */
export async function prepareDosDatabase(
  db: Database,
  options: { pharmacies: number },
): Promise<{ created: boolean; seeded: number }> {
  const created = await db.kysely.transaction().execute(async (trx) => {
    await lockPreparation(trx);
    if (await schemaExists(trx)) return false;
    await createSchema(trx);
    return true;
  });
  const seeded = await seedDosServices(db, { ...options, onlyWhenEmpty: true });
  return { created, seeded };
}

/**
 * Adds the services of the first `pharmacies` made-up pharmacies that are not there yet, all or none of them, and
 * returns how many pharmacies that were. The content is the same on every machine.
 */
export async function seedDosServices(
  db: Database,
  options: { pharmacies: number; onlyWhenEmpty?: boolean },
): Promise<number> {
  const seeded = await db.kysely.transaction().execute(async (trx) => {
    await lockPreparation(trx);
    await useSchema(trx);
    const present = await findPharmacyCodes(trx);
    if (options.onlyWhenEmpty && present.size > 0) return 0;
    let commissionerIds = await findCommissionerIds(trx, COMMISSIONING_ORGANISATION);
    if (commissionerIds.length === 0) commissionerIds = await seedHierarchy(trx);
    let count = 0;
    for (const [from, to] of missingRanges(present, options.pharmacies)) {
      await seedPharmacies(trx, from, to, commissionerIds);
      count += to - from;
    }
    return count;
  });
  if (seeded > 0) await db.kysely.transaction().execute(analyzeSeeded);
  return seeded;
}

/** Everything the pharmacies hang on: regions and commissioners, every postcode they use, a user of DoS. */
async function seedHierarchy(trx: Handle): Promise<number[]> {
  const services = hierarchyServices(await reserveIds(trx, 'services_id_seq', HIERARCHY_SIZE));
  await insertServices(trx, services);
  await insertLocations(
    trx,
    Array.from({ length: LOCATION_COUNT }, (_, at) => locationAt(at)),
  );
  await insertEditor(trx);
  return services.filter(({ typeid }) => typeid === COMMISSIONING_ORGANISATION).map(({ id }) => id);
}

async function seedPharmacies(
  trx: Handle,
  from: number,
  to: number,
  commissionerIds: number[],
): Promise<void> {
  const firstId = await reserveIds(trx, 'services_id_seq', countServices(from, to));
  const content = pharmacyContent(from, to, firstId, commissionerIds);
  await insertServices(trx, content.services);
  await insertOpenings(
    trx,
    await reserveIds(trx, 'servicedayopenings_id_seq', content.openings.dayId.length),
    content,
  );
  if (content.dates.date.length > 0) {
    const firstDate = await reserveIds(trx, 'servicespecifiedopeningdates_id_seq', content.dates.date.length);
    await insertDates(trx, firstDate, content);
  }
  await insertZCodes(trx, content);
  await insertHistories(trx, content);
  await insertPendingChanges(trx, content.changes);
}

async function analyzeSeeded(trx: Handle): Promise<void> {
  await useSchema(trx);
  await analyzeTables(trx);
}

/** The numbers of the pharmacies to add, as ranges of a size that one statement takes well. */
function missingRanges(present: ReadonlySet<string>, pharmacies: number): [from: number, to: number][] {
  const ranges: [number, number][] = [];
  for (let at = 0; at < pharmacies; at++) {
    if (present.has(odsCodeAt(at))) continue;
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === at && at - last[0] < PHARMACIES_PER_STATEMENT) last[1] = at + 1;
    else ranges.push([at, at + 1]);
  }
  return ranges;
}
