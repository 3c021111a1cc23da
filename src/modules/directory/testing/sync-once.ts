import type { Database } from '#platform/db';
import { type JsonObject, parseJson } from '../change-events/lossless-json.ts';
import { readNhsEntity } from '../change-events/nhs-entity.ts';
import { isPostcodeEqual } from '../comparison/address.ts';
import { compareService } from '../comparison/compare-service.ts';
import type { Comparison } from '../comparison/comparison.ts';
import { planServiceWrite } from '../comparison/service-write.ts';
import { findMatchingServices } from '../dos/matching-queries.ts';
import { lockServices } from '../dos/service-queries.ts';
import { findKnownZCodes, findLocations } from '../dos/surroundings-queries.ts';
import { type WrittenServices, writeServices } from '../dos/write-queries.ts';
import { reviewMatches } from '../matching/review-matches.ts';
import { saveMoment } from '../service-history/service-history.ts';

/** Takes change events through matching, comparison and writing the way a batch of update requests goes. */
export async function syncOnce(
  db: Database,
  events: object[],
  now: Date,
): Promise<{ comparisons: Comparison[]; written: WrittenServices }> {
  const entities = events.map((event) => readNhsEntity(parseJson(JSON.stringify(event)) as JsonObject));
  const matches = await findMatchingServices(
    db.kysely,
    entities.map(({ odsCode }) => odsCode),
  );
  const entityOf = new Map(
    entities.flatMap((entity) =>
      reviewMatches(entity, matches.get(entity.odsCode) ?? []).updates.map(({ id }) => [id, entity] as const),
    ),
  );
  return db.kysely.transaction().execute(async (trx) => {
    const services = await lockServices(trx, [...entityOf.keys()]);
    const pairs = [...entityOf].flatMap(([id, entity]) => {
      const service = services.get(id);
      return service === undefined ? [] : [{ service, entity }];
    });
    const moved = pairs.filter(({ service, entity }) => !isPostcodeEqual(service, entity));
    const surroundings = {
      today: now.toISOString().slice(0, 10),
      knownZCodes: await findKnownZCodes(trx),
      locations: await findLocations(
        trx,
        moved.map(({ entity }) => entity.normalPostcode),
      ),
    };
    const comparisons = pairs.map(({ service, entity }) => compareService(service, entity, surroundings));
    const moment = saveMoment(now);
    const writes = comparisons.flatMap(
      ({ service, changes }) => planServiceWrite(service, changes, moment) ?? [],
    );
    return { comparisons, written: await writeServices(trx, writes) };
  });
}
