// Look-ups by id and alias among a million products, over HTTP from a process of its own: the bar is 8,000/s with a p99
// of 5 ms on 8 connections.
import { readPlatformConfig } from '#platform/config';
import { createLogger } from '#platform/telemetry';
import { createApp } from '../src/app.ts';
import { createModuleServer } from '../src/listeners.ts';
import { BENCH_KEY, fillParties } from './parties/fill.ts';
import { type ClientResult, runClient } from './parties/run-client.ts';
import { reportResult, reportVerdicts, withBenchServer } from './support.ts';

const PRODUCTS = Number(process.argv[2] ?? 1_000_000);
const SECONDS = Number(process.argv[3] ?? 10);
const CONNECTIONS = 8;

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
  const [store] = app.stores;
  const paths = await fillParties(store.db, { products: PRODUCTS, productsPerTeam: 20 });
  const [running] = app.modules;
  if (!running) throw new Error('The parties module does not run');
  const server = await createModuleServer(app, running);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => server.close());
  const address = await server.listen({ host: '127.0.0.1', port: 0 });

  const figures: Record<string, unknown> = { products: PRODUCTS, connections: CONNECTIONS };
  const results: Record<string, ClientResult> = {};
  for (const [name, list] of Object.entries(paths)) {
    const plan = { address, key: BENCH_KEY, paths: list, connections: CONNECTIONS };
    await runClient({ ...plan, seconds: 2 });
    const before = process.cpuUsage();
    const result = await runClient({ ...plan, seconds: SECONDS });
    const cpu = process.cpuUsage(before);
    results[name] = result;
    figures[name] = {
      ...result,
      serverCpuMicroseconds: Math.round((cpu.user + cpu.system) / Math.max(1, result.requests)),
    };
  }
  await reportResult('parties-lookup', figures);
  reportVerdicts(
    Object.entries(results).flatMap(([name, { requestsPerSecond, latencies }]) => [
      { what: name, value: requestsPerSecond, atLeast: 8_000, unit: '/s' },
      { what: `${name}, p99`, value: latencies.p99, atMost: 5, unit: 'ms' },
    ]),
  );
});
