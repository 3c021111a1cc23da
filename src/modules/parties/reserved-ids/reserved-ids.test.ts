import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { generateReservedIds, RESERVED_IDS_FILE, readReservedIds } from './reserved-ids.ts';

describe('reserved product ids', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'parties-ids-'));
  });
  after(() => rmSync(folder, { recursive: true }));
  const isUsed = async () => [];

  it('are the 200 of the original to begin with', async () => {
    const ids = await readReservedIds(RESERVED_IDS_FILE);
    assert.equal(new Set(ids).size, 200);
    assert.deepEqual([ids[0], ids[199]], ['P.3DR-EK3', 'P.YY4-J46']);
  });

  it('are only ever added to, and two runs at once lose none', async () => {
    const file = join(folder, 'new', 'ids.json');
    const first = await generateReservedIds({ file, count: 3, isUsed });
    assert.equal(first.all.length, 3);
    const runs = await Promise.all(
      Array.from({ length: 5 }, () => generateReservedIds({ file, count: 20, isUsed })),
    );
    const all = await readReservedIds(file);
    assert.equal(new Set(all).size, 103);
    assert.deepEqual(all.slice(0, 3), first.all);
    for (const { added } of runs) assert.ok(added.every((id) => all.includes(id)));
    assert.deepEqual(readdirSync(join(folder, 'new')), ['ids.json']);
  });

  it('are none that a database has issued', async () => {
    const file = join(folder, 'issued.json');
    let refused: string[] = [];
    const { added } = await generateReservedIds({
      file,
      count: 2,
      isUsed: async (ids) => {
        if (refused.length > 0) return [];
        refused = ids.slice(0, 1);
        return refused;
      },
    });
    assert.equal(added.length, 2);
    assert.ok(!added.includes(refused[0] ?? ''));
  });

  it('stay as they are when the list is not one, and a dead run does not hold them for ever', async () => {
    const file = join(folder, 'broken.json');
    writeFileSync(file, '["P.AAA-AAA", "nonsense"]');
    await assert.rejects(generateReservedIds({ file, count: 1, isUsed }), /left as it is/);
    assert.equal(readFileSync(file, 'utf8'), '["P.AAA-AAA", "nonsense"]');
    const held = join(folder, 'held.json');
    // No process has this id: the kernel's limit is below it.
    writeFileSync(`${held}.lock`, '999999999');
    assert.equal((await generateReservedIds({ file: held, count: 1, isUsed })).all.length, 1);
  });
});
