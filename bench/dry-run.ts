// A dry run of a whole snapshot: the command line reads the file, compares every service with the directory and keeps
// what would change. Half of the pharmacies agree with the directory. Usage: dry-run.ts [services]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { siblingUrl } from '#platform/db';
import { odsCodeAt } from '#reference/pharmacies';
import { changeEventFor } from '../src/simulators/profile-editor/change-events.ts';
import { reportResult, withBenchServer } from './support.ts';

const SERVICES = Number(process.argv[2] ?? 100_000);
/** The made-up directory has 1.62 services for a pharmacy that events are matched with. */
const PHARMACIES = Math.ceil(SERVICES / 1.6);
const MAIN = new URL('../src/main.ts', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'signalbox-dry-run-'));

try {
  await withBenchServer(async (url) => {
    const environment = {
      ...process.env,
      DATABASE_URL: url,
      SIGNALBOX_DATA_DIR: folder,
      DIRECTORY_EMBEDDED_PHARMACIES: String(PHARMACIES),
    };
    await run(['migrate'], environment);
    await run(['db', 'url'], environment);
    const file = join(folder, 'snapshot.jsonl');
    await writeSnapshot(file);
    const startedAt = performance.now();
    const result = JSON.parse(await run(['directory', 'dry-run', '--file', file, '--json'], environment));
    const seconds = (performance.now() - startedAt) / 1_000;
    const client = new pg.Client({ connectionString: siblingUrl(url, 'dos') });
    await client.connect();
    const { rows } = await client.query(
      "select count(*)::int as touched from pathwaysdos.services where modifiedby = 'DOS_INTEGRATION'",
    );
    await client.end();
    await reportResult('dry-run', {
      events: result.events,
      services: result.services,
      servicesThatWouldChange: result.changed_services,
      servicesTouched: rows[0].touched,
      snapshotMegabytes: Math.round(statSync(file).size / 1e6),
      seconds: Math.round(seconds * 10) / 10,
      servicesPerSecond: Math.round(result.services / seconds),
      isWithinMinute: seconds <= 60,
    });
    if (result.state !== 'finished' || result.services < SERVICES || rows[0].touched > 0)
      process.exitCode = 1;
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function writeSnapshot(path: string): Promise<void> {
  const stream = createWriteStream(path);
  for (let index = 0; index < PHARMACIES; index += 1) {
    const event = changeEventFor({ odsCode: odsCodeAt(index), version: index % 2, hasStaff: true });
    if (!stream.write(`${JSON.stringify(event)}\n`)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
}

async function run(args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(process.execPath, [MAIN, ...args], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`signalbox ${args.join(' ')} ended with ${code}`);
  return output;
}
