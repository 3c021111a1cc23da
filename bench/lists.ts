// Reservations of lists over HTTP, and the page of a list with 200 gifts. The client runs in this process too, so the
// figures hold for both together.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { readPlatformConfig } from '#platform/config';
import { createLogger } from '#platform/telemetry';
import { createApp } from '../src/app.ts';
import { createModuleServer } from '../src/listeners.ts';
import { reportResult, reportVerdicts, summarise, withBenchServer } from './support.ts';

const ROUNDS = Number(process.argv[2] ?? 100);
const PARALLEL = 1_000;
const SPREAD_LISTS = 2_000;
const SPREAD_SECONDS = 10;
const PAGE_REQUESTS = 300;

await withBenchServer(async (url) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'signalbox-bench-lists-'));
  const environment = { SIGNALBOX_DATA_DIR: dataDir, SIGNALBOX_MODULES: 'lists', LISTS_RATE_LIMITS: 'off' };
  const app = await createApp({
    config: readPlatformConfig(environment, dataDir),
    databaseUrl: url,
    environment,
    log: createLogger({ level: 'error', name: 'bench' }),
    output: { write: () => undefined },
    role: 'bench',
  });
  const [running] = app.modules;
  if (!running) throw new Error('The lists module does not run');
  const server = await createModuleServer(app, running);
  await server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = server.server.address() as AddressInfo;
  const client = new Pool(`http://127.0.0.1:${port}`, { connections: 100 });
  const [store] = app.stores;
  await seed(store.db.pool);

  const reserve = async (listId: string, productId: string, person: string): Promise<number> => {
    const { statusCode, body } = await client.request({
      method: 'POST',
      path: `/lists/${listId}/reserve/${productId}/email/${person}%40example.org`,
      body: '{"quantity":1,"title":"t","name":"P","product":{"type":"products"}}',
    });
    await body.dump();
    return statusCode;
  };

  const rounds: Record<string, number[]> = { '1': [], '7': [] };
  const slowest: Record<string, number[]> = { '1': [], '7': [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const units of ['1', '7']) {
      const productId = `unit-${units}-${round}`;
      await addGift(store.db.pool, productId, Number(units));
      const startedAt = performance.now();
      const statuses = await Promise.all(
        Array.from({ length: PARALLEL }, (_, index) => reserve('contended', productId, `p${index}`)),
      );
      slowest[units]?.push(performance.now() - startedAt);
      rounds[units]?.push(statuses.filter((status) => status === 200).length);
    }
  }

  const cpuBefore = process.cpuUsage();
  const until = performance.now() + SPREAD_SECONDS * 1_000;
  const latencies: number[] = [];
  let next = 0;
  let granted = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: 100 }, async () => {
      while (performance.now() < until) {
        const number = next++;
        const before = performance.now();
        const status = await reserve(`spread-${number % SPREAD_LISTS}`, 'gift', `q${number}`);
        latencies.push(performance.now() - before);
        if (status === 200) granted += 1;
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);

  const pages: number[] = [];
  let bytes = 0;
  for (let count = 0; count < PAGE_REQUESTS; count += 1) {
    const before = performance.now();
    const { body } = await client.request({
      method: 'GET',
      path: '/lists/big',
      headers: { accept: 'text/html', 'accept-encoding': 'gzip' },
    });
    bytes = (await body.arrayBuffer()).byteLength;
    pages.push(performance.now() - before);
  }

  const winners = (units: string) => rounds[units] ?? [];
  const wrong =
    winners('1').filter((won) => won !== 1).length + winners('7').filter((won) => won !== 7).length;
  const perSecond = Math.round(granted / seconds);
  const page = summarise(pages);
  await reportResult('lists', {
    rounds: ROUNDS,
    parallel: PARALLEL,
    grantedOfOneUnit: { least: Math.min(...(rounds['1'] ?? [])), most: Math.max(...(rounds['1'] ?? [])) },
    grantedOfSevenUnits: { least: Math.min(...(rounds['7'] ?? [])), most: Math.max(...(rounds['7'] ?? [])) },
    allAnsweredMsOfOneUnit: summarise(slowest['1'] ?? []),
    allAnsweredMsOfSevenUnits: summarise(slowest['7'] ?? []),
    reservationsPerSecond: perSecond,
    reservationMs: summarise(latencies),
    nodeCpuMicrosecondsPerReservation: Math.round((cpu.user + cpu.system) / granted),
    pageOf200GiftsMs: page,
    pageOf200GiftsBytesCompressed: bytes,
  });
  const slowestOf = (units: string) => Math.round(Math.max(...(slowest[units] ?? [])));
  reportVerdicts([
    { what: 'rounds with more or fewer winners than units', value: wrong, atMost: 0, unit: '' },
    { what: '1,000 requests for one unit, slowest round', value: slowestOf('1'), atMost: 1_000, unit: 'ms' },
    {
      what: '1,000 requests for seven units, slowest round',
      value: slowestOf('7'),
      atMost: 1_000,
      unit: 'ms',
    },
    { what: 'reservations across lists', value: perSecond, atLeast: 1_500, unit: '/s' },
    { what: 'page of 200 gifts, p95', value: page.p95, atMost: 100, unit: 'ms' },
    { what: 'page of 200 gifts, compressed', value: bytes, atMost: 60_000, unit: 'bytes' },
  ]);
  await client.destroy();
  await server.close();
  await app[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true, force: true });
});

type Query = { query(text: string, values?: unknown[]): Promise<unknown> };

async function seed(pool: Query): Promise<void> {
  await pool.query(
    `insert into lists.users (id, email, status, email_verified_at) values ('owner', 'o@example.org', 'active', now())`,
  );
  await pool.query(`
    insert into lists.gift_lists (id, owner_id, title, description, occasion, image_url)
    select id, 'owner', 'List ' || id, 'For everybody who wants to give something', 'Birthday', '/images/birthday-default-2.png'
    from (select 'contended' as id union all select 'big' union all
      select 'spread-' || n from generate_series(0, ${SPREAD_LISTS - 1}) n) every`);
  await pool.query(`
    insert into lists.gifts (list_id, product_id, type, quantity)
    select 'spread-' || n, 'gift', 'products', 999 from generate_series(0, ${SPREAD_LISTS - 1}) n`);
  await pool.query(
    `insert into lists.products (id, retailer, brand, details, product_url, search_url, image_url, price)
     select 'big-' || n, 'A shop', 'Brand number ' || n, 'A thing that somebody wishes for, described in a sentence of usual length, number ' || n,
       'https://shop.example/products/some-longer-name-of-a-thing-' || n, 'https://shop.example/' || n, 'https://img.example/pictures/' || $1 || n || '.jpg', (n * 1.37)::numeric(10,2)::text
     from generate_series(1, 200) n`,
    [randomUUID()],
  );
  await pool.query(`
    insert into lists.gifts (list_id, product_id, type, quantity, reserved, position, notes)
    select 'big', 'big-' || n, 'products', 1 + n % 4, n % 2, n, case when n % 3 = 0 then 'In blue, please' end from generate_series(1, 200) n`);
  await pool.query('analyze');
}

async function addGift(pool: Query, productId: string, quantity: number): Promise<void> {
  await pool.query(
    `insert into lists.gifts (list_id, product_id, type, quantity) values ('contended', $1, 'products', $2)`,
    [productId, quantity],
  );
}
