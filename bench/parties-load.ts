// Bulk load of 250,000 teams and products from JSON lines: the bar is 60 s.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPlatformConfig } from '#platform/config';
import { createLogger } from '#platform/telemetry';
import { createApp } from '../src/app.ts';
import { reportResult, reportVerdicts, withBenchServer } from './support.ts';

const ENTITIES = Number(process.argv[2] ?? 250_000);
const PRODUCTS_PER_TEAM = 9;

await withBenchServer(async (url) => {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-load-'));
  const file = join(folder, 'parties.jsonl');
  await writeEntities(file);
  const environment = {
    SIGNALBOX_MODULES: 'parties',
    PARTIES_ODS_MODE: 'list',
    SIGNALBOX_DATA_DIR: '/nonexistent',
  };
  await using app = await createApp({
    config: readPlatformConfig(environment, '/'),
    databaseUrl: url,
    environment,
    log: createLogger({ level: 'error', name: 'bench' }),
    output: process.stderr,
    role: 'bench',
  });
  const command = app.modules[0]?.module.commands?.find(({ name }) => name === 'load');
  const before = process.cpuUsage();
  const startedAt = performance.now();
  const result = (await command?.run({ file }, () => undefined)) as { created: number; refused: number };
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = process.cpuUsage(before);
  rmSync(folder, { recursive: true });
  await reportResult('parties-load', {
    entities: ENTITIES,
    created: result.created,
    refused: result.refused,
    seconds: Math.round(seconds * 10) / 10,
    entitiesPerSecond: Math.round(ENTITIES / seconds),
    clientCpuMicroseconds: Math.round((cpu.user + cpu.system) / ENTITIES),
  });
  const secondsOf250k = Math.round((seconds * 2_500_000) / ENTITIES) / 10;
  reportVerdicts([
    { what: 'load of 250,000 entities', value: secondsOf250k, atMost: 60, unit: 's' },
    { what: 'entities created', value: result.created, atLeast: ENTITIES, unit: '' },
  ]);
});

async function writeEntities(file: string): Promise<void> {
  const stream = createWriteStream(file);
  let alias = '';
  for (let number = 0; number < ENTITIES; number += 1) {
    const isTeam = number % (PRODUCTS_PER_TEAM + 1) === 0;
    if (isTeam) alias = randomUUID();
    const entity = isTeam
      ? { type: 'product_team', ods_code: 'F5H1R', name: `Team ${number}`, product_team_id: alias }
      : { type: 'product', team: alias, name: `Product ${number}` };
    if (!stream.write(`${JSON.stringify(entity)}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'close');
}
