import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ANA,
  addGift,
  type ListsApp,
  makeList,
  openLists,
  reserve,
  reserveBody,
  runTask,
} from '../testing/lists-app.ts';

const BROWSER = { accept: 'text/html' };
const FRENCH = { 'accept-language': 'fr-FR,fr;q=0.9' };
const DAY_MS = 86_400_000;

/** Guests have no account to look into: what happens to what they reserved or promised reaches them by letter. */
describe('letters to those who give', () => {
  let app: ListsApp;
  before(async () => {
    app = await openLists();
  });
  after(() => app.close());

  const gift = async (fields: object = {}) => {
    const listId = await makeList(app, fields);
    return { listId, productId: await addGift(app, listId, 2) };
  };
  const lettersTo = async (email: string) =>
    (await app.letters()).filter(({ to }) => to.includes(email)).map(({ subject }) => subject);
  const promise = (key: { listId: string; productId: string }, email: string, amount = 1_500) =>
    app.send('POST', `/lists/${key.listId}/pledge/${key.productId}`, {
      body: { amount, name: 'Cy', email },
      headers: FRENCH,
    });
  const groupGift = async (fields: object = {}) => {
    const key = await gift(fields);
    const path = `/lists/${key.listId}/product/${key.productId}`;
    const { status } = await app.send('PATCH', path, { as: ANA, body: { groupTarget: 10_000 } });
    assert.equal(status, 200);
    return key;
  };

  it('say that a list was closed and that a reservation stays, once', async () => {
    const key = await gift({ title: 'Closing soon' });
    await reserve(app, key, 'closing@example.org');
    const bought = await reserve(app, key, 'bought@example.org');
    await app.send('PUT', `/lists/purchase/${bought.body.reservation_id}/email/bought@example.org`, {
      body: reserveBody(),
    });
    for (const step of ['close', 'close', 'reopen', 'close']) {
      await app.send('POST', `/lists/${key.listId}/${step}`, { as: ANA });
    }
    const closed = (subjects: string[]) => subjects.filter((subject) => subject.includes('was closed'));
    assert.equal(closed(await lettersTo('closing@example.org')).length, 1);
    assert.equal(closed(await lettersTo('bought@example.org')).length, 0);
  });

  it('are in the language of the page a guest acted on, to the last', async () => {
    const email = 'guest-fr@example.org';
    const key = await gift({ title: 'Fête', eventDate: dayIn(5) });
    const { body } = await reserve(app, key, email, { headers: FRENCH });
    await app.send('POST', `/lists/${key.listId}/close`, { as: ANA });
    await runTask(app, 'lists.remind');
    await app.send('PUT', `/lists/purchase/${body.reservation_id}/email/${email}`, { body: reserveBody() });
    await app.letters();
    await app.send('POST', `/lists/${key.listId}/reservations/${body.reservation_id}/thanks`, {
      as: ANA,
      body: { message: 'Merci !' },
    });
    await app.letters();
    const other = await gift();
    await reserve(app, other, email, { headers: FRENCH });
    await app.letters();
    await app.send('DELETE', `/lists/${other.listId}`, { as: ANA });
    assert.deepEqual(
      (await lettersTo(email)).map((subject) => subject.replace(/ \(dev\)$/, '')),
      [
        'Confirmation de votre cadeau réservé.',
        'Une liste où vous avez réservé est fermée : Fête',
        'Avez-vous acheté votre cadeau ? Fête',
        'Confirmation de l’achat de votre cadeau réservé.',
        'Un remerciement de Ana',
        'Confirmation de votre cadeau réservé.',
        'Une liste où vous aviez réservé n’existe plus : Ida turns one',
      ],
    );
  });

  it('invite a co-owner who never was here in the language of who invites', async () => {
    const { listId } = await gift();
    await app.send('POST', `/lists/${listId}/co-owners`, {
      as: ANA,
      body: { email: 'new-helper@example.org' },
      headers: FRENCH,
    });
    assert.match((await lettersTo('new-helper@example.org'))[0] ?? '', /partage une liste avec vous/);
  });

  it('remind nobody who asked for no reminders, and ask before they believe it', async () => {
    const key = await gift({ title: 'No reminders', eventDate: dayIn(5) });
    const { body } = await reserve(app, key, 'quiet@example.org');
    await reserve(app, key, 'other@example.org');
    const path = `/reserve/${body.reservation_id}/reminders`;
    const asked = await app.send('GET', path, { headers: BROWSER });
    assert.match(asked.body, /Shall we stop that\?/);
    const before = await refusals();
    assert.equal(before, 0, 'a mail program that opens the link changes nothing');
    const done = await app.send('POST', path, { headers: BROWSER });
    assert.match(done.body, /We send you no reminders any more/);
    assert.equal((await app.send('POST', '/reserve/unknown/reminders', { headers: BROWSER })).status, 404);
    await runTask(app, 'lists.remind');
    const reminders = async (email: string) =>
      (await lettersTo(email)).filter((subject) => subject.startsWith('Have you bought')).length;
    assert.deepEqual([await reminders('quiet@example.org'), await reminders('other@example.org')], [0, 1]);
  });

  it('confirm a promised part with a link to withdraw it, and tell when the gift goes', async () => {
    const key = await groupGift({ title: 'Together' });
    const { body, status } = await promise(key, 'part@example.org');
    assert.equal(status, 201);
    const letter = (await app.letters()).find(({ to }) => to.includes('part@example.org'));
    assert.ok(letter?.text.includes('15,00') && letter.text.includes(`/pledges/${body.pledgeId}`));
    const path = `/pledges/${body.pledgeId}`;
    const page = await app.send('GET', path, { headers: BROWSER });
    assert.match(page.body, /Cy, you promised £15\.00/);
    for (const _times of [1, 2]) {
      assert.equal((await app.send('POST', path, { headers: BROWSER })).status, 303);
    }
    const after = await app.send('GET', path, { headers: BROWSER });
    assert.match(after.body, /You withdrew your part/);
    assert.equal((await app.send('GET', '/pledges/unknown', { headers: BROWSER })).status, 404);
    const view = await app.send('GET', `/lists/${key.listId}/view`);
    assert.equal(view.body.gifts[0].group.pledged, 0);
    await promise(key, 'stays@example.org');
    await app.letters();
    await app.send('DELETE', `/lists/${key.listId}`, { as: ANA });
    assert.match((await lettersTo('stays@example.org')).at(-1) ?? '', /n’est plus souhaité/);
    assert.equal((await lettersTo('part@example.org')).length, 1, 'who withdrew is not concerned');
  });

  it('name the parts of a group gift in the summary after a surprise', async () => {
    const key = await groupGift({ title: 'Revealed together', eventDate: dayIn(-1) });
    await app.send('PATCH', `/lists/${key.listId}`, { as: ANA, body: { surprise: true } });
    await promise(key, 'part-giver@example.org');
    const before = app.clock.now;
    app.clock.now = new Date(before.getTime() + 3 * DAY_MS);
    await runTask(app, 'lists.remind');
    app.clock.now = before;
    const summary = (await app.letters()).find(
      ({ subject }) => subject.startsWith('Who gave what') && subject.includes('Revealed together'),
    );
    assert.match(summary?.text ?? '', /- Cy: £15\.00, Brand/);
  });

  it('lead to a page that says what became of a gift or list that is gone', async () => {
    const key = await gift();
    const { body } = await reserve(app, key, 'gone@example.org');
    const path = `/reserve/${body.reservation_id}`;
    await app.send('DELETE', `/lists/${key.listId}`, { as: ANA });
    const page = await app.send('GET', path, { headers: BROWSER });
    assert.equal(page.status, 410);
    assert.match(page.body, /The list you reserved from was taken down/);
    const released = await gift();
    const second = (await reserve(app, released, 'gone@example.org')).body.reservation_id;
    await app.send('DELETE', `/lists/reserve/${second}/email/gone@example.org`);
    await app.send('DELETE', `/lists/${released.listId}/product/${released.productId}`, { as: ANA });
    const gone = await app.send('GET', `/reserve/${second}`, { headers: BROWSER });
    assert.match(gone.body, /was taken off the list/);
    assert.equal((await app.send('GET', '/reserve/never-was', { headers: BROWSER })).status, 404);
    const api = await app.send('GET', `/lists/reservation/${second}`);
    assert.equal(api.body.error, 'Reservation ID does not exist.');
  });

  const refusals = async () => {
    const { rows } = await app.test.database.db.pool.query(
      'select count(*)::int as n from lists.reminder_refusals',
    );
    return rows[0].n as number;
  };
  const dayIn = (days: number) =>
    new Date(app.clock.now.getTime() + days * DAY_MS).toLocaleDateString('en-GB', {
      day: '2-digit',
      month: 'long',
      year: 'numeric',
      timeZone: 'UTC',
    });
});
