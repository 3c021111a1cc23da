/**
 * What one batch of update requests costs: load and lock 100 DoS services, compare each with a change event that
 * changes everything, and write all of them. Prints throughput, latency percentiles and CPU of this process per batch.
 *
 *   node bench/directory-sync.ts [batches]        TEST_DATABASE_URL names a server other than the embedded one
 */
import { openDatabase } from '#platform/db';
import { odsCodeAt } from '#reference/pharmacies';
import { readChangeEvent } from '../src/modules/directory/change-events/change-event.ts';
import { type NhsEntity, readNhsEntity } from '../src/modules/directory/change-events/nhs-entity.ts';
import { isPostcodeEqual } from '../src/modules/directory/comparison/address.ts';
import { compareService } from '../src/modules/directory/comparison/compare-service.ts';
import { planServiceWrite } from '../src/modules/directory/comparison/service-write.ts';
import { findMatchingServices } from '../src/modules/directory/dos/matching-queries.ts';
import { findPendingChanges } from '../src/modules/directory/dos/pending-change-queries.ts';
import { prepareDosDatabase } from '../src/modules/directory/dos/prepare-dos-database.ts';
import { lockServices } from '../src/modules/directory/dos/service-queries.ts';
import {
  findKnownZCodes,
  findLocations,
  findRegions,
} from '../src/modules/directory/dos/surroundings-queries.ts';
import { writeServices } from '../src/modules/directory/dos/write-queries.ts';
import { reviewMatches } from '../src/modules/directory/matching/review-matches.ts';
import { londonDate } from '../src/modules/directory/opening-times/times.ts';
import { regionsNeeded, reportLine } from '../src/modules/directory/reports/report.ts';
import { serviceUpdateReports } from '../src/modules/directory/reports/service-update-reports.ts';
import { saveMoment } from '../src/modules/directory/service-history/service-history.ts';
import { changeEventFor } from '../src/simulators/profile-editor/change-events.ts';
import { createTestDatabase } from '../test/harness/index.ts';

const PHARMACIES = 2000;
const PHARMACIES_PER_BATCH = 58;
const WARM_UP = 10;
const batches = WARM_UP + Number(process.argv[2] ?? 100);

await using database = await createTestDatabase();
await using db = openDatabase({
  url: database.url,
  maxConnections: 2,
  applicationName: 'directory-sync bench',
  session: { search_path: 'dbo,pathwaysdos' },
});
await prepareDosDatabase(db, { pharmacies: PHARMACIES });

const phases = new Map<string, { cpuMs: number; wallMs: number }>();
const latencies: number[] = [];
let services = 0;

for (let batch = 0; batch < batches; batch++) {
  if (batch === WARM_UP) {
    phases.clear();
    latencies.length = 0;
    services = 0;
  }
  const bodies = Array.from({ length: PHARMACIES_PER_BATCH }, (_, at) => {
    const number = batch * PHARMACIES_PER_BATCH + at;
    const odsCode = odsCodeAt(number % PHARMACIES);
    const version = 1 + Math.floor(number / PHARMACIES);
    return JSON.stringify(changeEventFor({ odsCode, version, variation: 'all' }));
  });
  const began = performance.now();
  services += await syncBatch(bodies);
  latencies.push(performance.now() - began);
}

async function syncBatch(bodies: string[]): Promise<number> {
  const entities = await measure('read events', () =>
    bodies.flatMap((body) => {
      const read = readChangeEvent(body);
      return read === null ? [] : [readNhsEntity(read.event)];
    }),
  );
  const byService = new Map<number, NhsEntity>();
  const matches = await measure('match', () =>
    findMatchingServices(
      db.kysely,
      entities.map(({ odsCode }) => odsCode),
    ),
  );
  for (const entity of entities) {
    for (const { id } of reviewMatches(entity, matches.get(entity.odsCode) ?? []).updates)
      byService.set(id, entity);
  }
  return db.kysely.transaction().execute(async (trx) => {
    const ids = [...byService.keys()];
    await measure('find pending changes', () => findPendingChanges(trx, ids));
    const loaded = await measure('load', () => lockServices(trx, ids));
    const pairs = [...loaded.values()].flatMap((service) => {
      const entity = byService.get(service.id);
      return entity === undefined ? [] : [{ service, entity }];
    });
    const surroundings = await measure('find surroundings', async () => ({
      today: londonDate(new Date()),
      knownZCodes: await findKnownZCodes(trx),
      locations: await findLocations(
        trx,
        pairs
          .filter(({ service, entity }) => !isPostcodeEqual(service, entity))
          .map(({ entity }) => entity.normalPostcode),
      ),
    }));
    const comparisons = await measure('compare', () =>
      pairs.map(({ service, entity }) => compareService(service, entity, surroundings)),
    );
    const moment = saveMoment(new Date());
    const writes = await measure('plan', () =>
      comparisons.flatMap(({ service, changes }) => planServiceWrite(service, changes, moment) ?? []),
    );
    const { services: written } = await measure('write', () => writeServices(trx, writes));
    await measure('report', async () => {
      const reports = comparisons.flatMap((it) => [
        ...it.reports,
        ...serviceUpdateReports(it.service, it.changes),
      ]);
      const regions = await findRegions(trx, regionsNeeded(reports));
      return reports.map((report) => reportLine(report, regions));
    });
    return written;
  });
}

async function measure<T>(phase: string, run: () => T | Promise<T>): Promise<T> {
  const total = phases.get(phase) ?? { cpuMs: 0, wallMs: 0 };
  phases.set(phase, total);
  const before = process.cpuUsage();
  const began = performance.now();
  const result = await run();
  const { user, system } = process.cpuUsage(before);
  total.cpuMs += (user + system) / 1000;
  total.wallMs += performance.now() - began;
  return result;
}

const counted = latencies.length;
const sorted = latencies.toSorted((a, b) => a - b);
const percentile = (share: number) =>
  (sorted[Math.min(counted - 1, Math.floor(share * counted))] ?? 0).toFixed(1);
const seconds = latencies.reduce((sum, ms) => sum + ms, 0) / 1000;
const perHundred = 100 / services;
console.log(`${services} services in ${counted} batches: ${(services / seconds).toFixed(0)} services/s`);
console.log(
  `latency of a batch: p50 ${percentile(0.5)} ms, p95 ${percentile(0.95)} ms, p99 ${percentile(0.99)} ms`,
);
console.log('per 100 services             CPU ms   wall ms');
let totalCpuMs = 0;
for (const [phase, { cpuMs, wallMs }] of phases) {
  totalCpuMs += cpuMs;
  console.log(
    `  ${phase.padEnd(24)} ${(cpuMs * perHundred).toFixed(2).padStart(8)}  ${(wallMs * perHundred).toFixed(2).padStart(8)}`,
  );
}
console.log(`  ${'all'.padEnd(24)} ${(totalCpuMs * perHundred).toFixed(2).padStart(8)}`);
console.log(`memory: ${(process.memoryUsage().rss / 1024 / 1024).toFixed(0)} MB`);
