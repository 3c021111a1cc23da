import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import {
  createPartiesApp,
  keyOf,
  PARTIES_KEY,
  type PartiesApp,
} from '../../src/modules/parties/testing/parties-app.ts';

const FIXTURE = new URL('./killed-process.ts', import.meta.url).pathname;
const ACCEPTED_BEFORE_THE_KILL = 300;
const CLIENTS = 16;
const LOADED = 6_000;

describe('a process killed with SIGKILL', () => {
  let app: PartiesApp;
  let folder: string;
  before(async () => {
    app = await createPartiesApp();
    folder = mkdtempSync(join(tmpdir(), 'parties-kill-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await app[Symbol.asyncDispose]();
  });

  const start = (...args: string[]): { child: ChildProcess; lines: Interface } => {
    const url = app.test.database.url;
    const child = spawn(process.execPath, [FIXTURE, url, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    return { child, lines: createInterface({ input: child.stdout }) };
  };
  const kill = async (child: ChildProcess): Promise<void> => {
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  const number = async (query: ReturnType<typeof sql<{ n: number }>>): Promise<number> =>
    (await query.execute(app.test.database.db.kysely)).rows[0]?.n ?? -1;

  it('has lost nothing that it answered with 201, and made nothing by halves', async () => {
    const { child, lines } = start();
    const [address] = (await once(lines, 'line')) as [string];
    const accepted: { path: string; body: string }[] = [];
    let isKilled = false;
    const post = async (path: string, fields: object) => {
      const headers = { version: '1', apikey: PARTIES_KEY };
      const response = await fetch(address + path, { method: 'POST', headers, body: JSON.stringify(fields) });
      const body = await response.text();
      assert.equal(response.status, 201, body);
      return { body, id: (JSON.parse(body) as { id: string }).id };
    };
    const client = async () => {
      try {
        for (;;) {
          const keys = [keyOf(randomUUID())];
          const team = await post('/ProductTeam', { name: 'Team', ods_code: 'F5H1R', keys });
          accepted.push({ path: `/ProductTeam/${team.id}`, body: team.body });
          const product = await post(`/ProductTeam/${keys[0]?.key_value}/Product`, { name: 'Product' });
          accepted.push({ path: `/Product/${product.id}`, body: product.body });
          if (accepted.length >= ACCEPTED_BEFORE_THE_KILL && !isKilled) {
            isKilled = true;
            await kill(child);
          }
        }
      } catch (error) {
        // Requests under way when the process was killed break off, and nobody was promised anything.
        if (!isKilled) throw error;
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    for (const { path, body } of accepted) assert.equal((await app.call({ path })).body, body);
    // Each party has the event of its creation, its line in the register and, a team, its two identifiers.
    const parties = await number(sql`
      select ((select count(*) from parties.product_teams) + (select count(*) from parties.products))::int as n`);
    assert.ok(parties >= accepted.length);
    const whole = await number(sql`
      select count(*)::int as n from parties.domain_events as event
      where exists (select from platform.events as line where line.subjects @> array[event.aggregate_id]
          and line.name in ('product_team.created', 'product.created'))
        and (aggregate_type = 'product' or (select count(*) from parties.identifiers where product_team_id = aggregate_id) = 2)
    `);
    assert.equal(whole, parties);
  });

  it('goes on with a bulk load where it stopped, and loads every row once', async () => {
    const file = join(folder, 'teams.jsonl');
    const row = (index: number) =>
      JSON.stringify({ type: 'product_team', ods_code: 'F5H1R', name: `Loaded ${index}` });
    writeFileSync(file, `${Array.from({ length: LOADED }, (_, index) => row(index)).join('\n')}\n`);
    const { child, lines } = start(file);
    for await (const line of lines) {
      if (/ rows: /.test(line)) break;
    }
    await kill(child);
    const [running] = app.test.app.modules;
    const load = running?.module.commands?.find(({ name }) => name === 'load');
    const result = (await load?.run({ file }, () => undefined)) as { rows: number; created: number };
    assert.deepEqual([result.rows, result.created], [LOADED, LOADED]);
    const names = sql<{ n: number }>`
      select count(distinct name)::int as n from parties.product_teams where name like 'Loaded %'`;
    assert.equal(await number(names), LOADED);
    const teams = sql<{ n: number }>`
      select count(*)::int as n from parties.product_teams where name like 'Loaded %'`;
    assert.equal(await number(teams), LOADED);
  });
});
