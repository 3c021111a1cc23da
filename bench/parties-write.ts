// Creation of teams and products over HTTP, and search of a team with 10,000 products. The bar is 1,500 creations/s.
import { readPlatformConfig } from '#platform/config';
import { createLogger } from '#platform/telemetry';
import { createApp } from '../src/app.ts';
import { createModuleServer } from '../src/listeners.ts';
import { BENCH_KEY } from './parties/fill.ts';
import { runClient } from './parties/run-client.ts';
import { type Bar, reportResult, reportVerdicts, summarise, withBenchServer } from './support.ts';

const SECONDS = Number(process.argv[2] ?? 10);
const PRODUCTS_OF_LARGE_TEAM = 10_000;
const SEARCHES = 50;

await withBenchServer(async (url) => {
  const environment = {
    SIGNALBOX_MODULES: 'parties',
    PARTIES_API_KEY: BENCH_KEY,
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
  const [running] = app.modules;
  if (!running) throw new Error('The parties module does not run');
  const server = await createModuleServer(app, running);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => server.close());
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  const headers = { version: '1', apikey: BENCH_KEY };
  const newTeam = async (): Promise<string> => {
    const response = await fetch(`${address}/ProductTeam`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ name: 'Bench Team', ods_code: 'F5H1R' }),
    });
    return ((await response.json()) as { id: string }).id;
  };

  const figures: Record<string, unknown> = {};
  const bars: Bar[] = [];
  const measure = async (name: string, path: string, body: string, connections: number): Promise<void> => {
    const plan = { address, key: BENCH_KEY, method: 'POST', paths: [path], body, connections };
    await runClient({ ...plan, seconds: 1 });
    const before = process.cpuUsage();
    const result = await runClient({ ...plan, seconds: SECONDS });
    const cpu = process.cpuUsage(before);
    const serverCpuMicroseconds = Math.round((cpu.user + cpu.system) / Math.max(1, result.requests));
    figures[name] = { ...result, serverCpuMicroseconds };
    bars.push({ what: name, value: result.requestsPerSecond, atLeast: 1_500, unit: '/s' });
  };
  const team = await newTeam();
  const withAlias = JSON.stringify({
    name: 'Bench Team',
    ods_code: 'F5H1R',
    keys: [{ key_type: 'product_team_id', key_value: '{uuid}' }],
  });
  for (const connections of [8, 32]) {
    await measure(`createTeam_${connections}`, '/ProductTeam', withAlias, connections);
    await measure(
      `createProduct_${connections}`,
      `/ProductTeam/${team}/Product`,
      '{"name": "Bed Finder"}',
      connections,
    );
  }

  const searchSizes: Record<string, unknown> = {};
  const msPerProduct: number[] = [];
  for (const products of [100, 1_000, PRODUCTS_OF_LARGE_TEAM]) {
    const large = await newTeam();
    const plan = { address, key: BENCH_KEY, method: 'POST', body: '{"name": "Bed Finder"}', connections: 32 };
    await runClient({ ...plan, paths: [`/ProductTeam/${large}/Product`], seconds: 600, requests: products });
    const samples: number[] = [];
    let bytes = 0;
    for (let count = 0; count < SEARCHES; count += 1) {
      const startedAt = performance.now();
      const response = await fetch(`${address}/Product?product_team_id=${large}`, { headers });
      bytes = (await response.arrayBuffer()).byteLength;
      samples.push(performance.now() - startedAt);
    }
    const ms = summarise(samples);
    searchSizes[products] = { bytes, ms };
    msPerProduct.push(ms.p50 / products);
  }
  figures.searchOfTeam = searchSizes;
  await reportResult('parties-write', figures);
  const [, ofThousand = 0, ofTenThousand = 0] = msPerProduct;
  const growth = Math.round((ofTenThousand / ofThousand) * 100) / 100;
  // No cliff: a product of ten thousand costs about what one of a thousand does.
  bars.push({ what: 'cost of a found product, 10,000 to 1,000', value: growth, atMost: 2, unit: 'times' });
  reportVerdicts(bars);
});
