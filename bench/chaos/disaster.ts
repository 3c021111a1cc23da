import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Judge } from './scenarios.ts';
import { eventsOf, eventually, runSignalbox, sendAll, startSystem } from './system.ts';

/**
 * The runbook for the loss of a machine (10.2): start from a backup elsewhere, give NHS.uk a new key, link one release.
 * What was accepted after the backup is what a point-in-time backup of the database would save; here NHS.uk sends it
 * again, which must change nothing twice.
 */
export async function rehearseDisaster(judge: Judge): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-disaster-'));
  const backup = join(folder, 'backup.tar.gz');
  const events = eventsOf(120);
  const before = await startSystem({ name: 'disaster' });
  const oldKey = before.environment.NHS_UK_API_KEY ?? '';
  try {
    await sendAll(before, events.slice(0, 80), 5_000);
    await before.signalbox('backup', backup);
    await sendAll(before, events.slice(80), 2_000);
  } finally {
    await before.stop();
  }

  const dataDir = join(folder, 'data');
  const startedAt = Date.now();
  await runSignalbox(['restore', backup], { ...before.environment, SIGNALBOX_DATA_DIR: dataDir });
  const after = await startSystem({ name: 'disaster', dataDir });
  try {
    judge(
      'a backup that was taken at work starts elsewhere',
      true,
      `${Math.round((Date.now() - startedAt) / 1_000)} s`,
    );
    const [first] = events;
    if (!first) throw new Error('There are no events');
    judge('NHS.uk gets in with its new key', (await after.post(first)) === 200);
    judge('and no longer with the old one', (await after.post(first, oldKey)) === 403);
    judge('what had been accepted is worked off', await eventually(() => after.isIdle()));
    const stored = async () =>
      (await after.sql<{ count: number }>('select count(*)::int as count from directory.change_events'))[0]
        ?.count ?? 0;
    judge(
      'every event accepted before the backup is stored',
      (await stored()) >= 80,
      `${await stored()} of 80`,
    );
    await sendAll(after, events, 2_000);
    judge('what is sent again is worked off', await eventually(() => after.isIdle()));
    judge('and is stored once', (await stored()) === events.length, `${await stored()} of ${events.length}`);
  } finally {
    await after.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
