import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { renderLetter } from '../letters/render-letter.ts';
import { createNotifyApp, type NotifyApp, TEMPLATES } from '../testing/notify-app.ts';

const ADDRESS = { address_line_1: 'A Person', address_line_2: '1 High Street', address_line_3: 'SW1A 1AA' };

interface Shown {
  status: string;
  line_1: string;
  postage: string;
  cost_in_pounds: number | null;
  is_cost_data_ready: boolean;
  cost_details: object;
}

describe('letters', () => {
  let app: NotifyApp;
  before(async () => {
    app = await createNotifyApp();
  });
  after(() => app[Symbol.asyncDispose]());

  const send = async (body: object, key: 'normal' | 'test' = 'normal'): Promise<string> => {
    const answer = await app.call({ url: '/v2/notifications/letter', body, key });
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json<{ id: string }>().id;
  };
  const templated = (extra: object = {}) => ({
    template_id: TEMPLATES.letter,
    personalisation: { ...ADDRESS, name: 'Ann', ...extra },
  });
  const read = async (id: string): Promise<Shown> =>
    (await app.call({ url: `/v2/notifications/${id}` })).json<Shown>();
  const pdfOf = (id: string) => app.call({ url: `/v2/notifications/${id}/pdf` });
  const validPdf = async (lines = Object.values(ADDRESS)): Promise<string> => {
    const { pdf } = await renderLetter({
      addressLines: lines,
      contactBlock: '',
      date: new Date('2026-08-01T12:00:00Z'),
      english: { subject: 'Pigeons', body: 'They flew.' },
    });
    return Buffer.from(pdf).toString('base64');
  };

  it('makes the PDF of a templated letter and then knows its price', async () => {
    const id = await send(templated());
    const early = await pdfOf(id);
    assert.equal(early.statusCode, 400);
    assert.match(early.body, /PDFNotReadyError/);
    assert.equal((await read(id)).is_cost_data_ready, false);
    await app.drain();
    const pdf = await pdfOf(id);
    assert.equal(pdf.statusCode, 200);
    assert.equal(pdf.headers['content-type'], 'application/pdf');
    assert.equal(pdf.rawPayload.subarray(0, 5).toString(), '%PDF-');
    const shown = await read(id);
    assert.equal(shown.status, 'accepted');
    assert.equal(shown.cost_in_pounds, 0.73);
    assert.deepEqual(shown.cost_details, { billable_sheets_of_paper: 1, postage: 'second' });
  });

  it('fails a letter of more than ten pages and keeps its PDF to look at', async () => {
    const answer = await app.call({
      url: '/v2/notifications/letter',
      body: templated({ name: Array.from({ length: 900 }, () => 'A line of text.').join('\n\n') }),
    });
    const { id } = answer.json<{ id: string }>();
    await app.drain();
    assert.equal((await read(id)).status, 'validation-failed');
    assert.equal((await pdfOf(id)).statusCode, 200);
  });

  it('delivers a letter of a test key without printing it', async () => {
    const id = await send(templated(), 'test');
    assert.equal((await read(id)).status, 'accepted');
    await app.drain();
    const shown = await read(id);
    assert.equal(shown.status, 'received');
    assert.equal(shown.cost_in_pounds, 0);
    assert.equal((await pdfOf(id)).statusCode, 200);
  });

  it('checks a letter sent as PDF, reads its address and files it for printing', async () => {
    const id = await send({ reference: 'r', content: await validPdf(), postage: 'first' });
    assert.equal((await read(id)).status, 'pending-virus-check');
    assert.match((await pdfOf(id)).body, /PDFNotReadyError/);
    await app.drain();
    const shown = await read(id);
    assert.equal(shown.status, 'accepted');
    assert.equal(shown.line_1, 'Provided as PDF');
    assert.equal(shown.postage, 'first');
    assert.equal(shown.cost_in_pounds, 1.56);
    assert.equal((await pdfOf(id)).statusCode, 200);
    const { rows } = await app.test.database.db.pool.query(
      'select recipient from notify.notifications where id = $1',
      [id],
    );
    assert.deepEqual(rows, [{ recipient: 'A Person\n1 High Street\nSW1A 1AA' }]);
    const test = await send({ reference: 'r', content: await validPdf() }, 'test');
    await app.drain();
    assert.equal((await read(test)).status, 'received');
  });

  it('fails what is no PDF or goes where the service may not send, without an endless retry', async () => {
    const nonsense = await send({
      reference: 'r',
      content: Buffer.from('%PDF-1.5 nonsense').toString('base64'),
    });
    const abroad = await send({
      reference: 'r',
      content: await validPdf(['A Person', '1 Rue', 'Paris', 'France']),
    });
    await app.drain();
    assert.equal((await read(nonsense)).status, 'validation-failed');
    assert.equal((await read(abroad)).status, 'validation-failed');
    assert.equal((await pdfOf(nonsense)).rawPayload.toString(), '%PDF-1.5 nonsense');
  });

  it('runs its tasks twice without harm', async () => {
    const id = await send(templated());
    await app.drain();
    const { jobs } = app.test.app.stores[0];
    const { createLetterPdfTask, checkPrecompiledTask } = await import('../tasks/definitions.ts');
    for (const task of [createLetterPdfTask, checkPrecompiledTask])
      await jobs.enqueue(null, task, [{ payload: { id }, key: 'again' }]);
    await app.drain();
    assert.equal((await read(id)).cost_in_pounds, 0.73);
  });
});
