import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANA, openLists } from '../testing/lists-app.ts';
import { renderLetter } from './letter.ts';

test('letters go through notify where it runs, each once', async () => {
  const app = await openLists({}, { SIGNALBOX_MODULES: 'notify,lists' });
  try {
    await app.send('POST', '/contact', {
      body: { name: 'Cy', email: 'cy@example.org', message: 'Hello ((there))' },
    });
    await app.test.drain();
    const { pool } = app.test.database.db;
    const letters = await pool.query(
      'select state, count(*)::int as n from lists.mail_outbox group by state',
    );
    assert.deepEqual(letters.rows, [{ state: 'sent', n: 4 }]);
    const sends = await pool.query(
      "select count(*)::int as n from notify.internal_sends where idempotency_key like 'lists:%'",
    );
    assert.equal(sends.rows[0].n, 4);
    // Handing a letter over again, as after a crash between the two transactions, sends nothing more.
    await pool.query("update lists.mail_outbox set state = 'waiting', recipient = $1, variables = '{}'", [
      ANA.email,
    ]);
    const task = app.test.app.modules
      .flatMap(({ module }) => module.tasks)
      .find(({ name }) => name === 'lists.deliver_mail');
    assert.ok(task);
    const { rows } = await pool.query('select id from lists.mail_outbox');
    await app.test.app.stores[0].jobs.enqueue(
      null,
      task,
      rows.map(({ id }) => ({ payload: { mailId: id }, key: id })),
    );
    await app.test.drain();
    const again = await pool.query(
      "select count(*)::int as n from notify.internal_sends where idempotency_key like 'lists:%'",
    );
    assert.equal(again.rows[0].n, 4);
  } finally {
    await app.close();
  }
});

test('what people typed does not mark up a letter for notify', async () => {
  const frame = {
    brandName: 'Lists',
    origin: 'https://lists.example',
    postalAddress: '',
    environment: 'prod',
  } as const;
  const variables = { name: '# Eve', list_title: '^ x\n# y', message: '* one\n# two', owner_name: 'Ana' };
  const { dialect } = await renderLetter('thank-you', variables, frame);
  assert.match(dialect, /^# Thank you, # Eve$/m);
  assert.equal(dialect.split('\n').filter((line) => /^[#*]/.test(line)).length, 1);
  assert.match(dialect, /^\^ one two$/m);
});
