import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createLetterWorkshop, type LetterWorkshop } from './letter-workshop.ts';

const LETTER = {
  addressLines: ['A Person', '1 High Street', 'SW1A 1AA'],
  contactBlock: '',
  date: new Date('2031-03-05T12:00:00Z'),
  english: { subject: 'Subject', body: 'Text' },
};

/** A page that draws a form of ten forms of ten forms and so on: a hundred million rectangles from a small file. */
function endlessPdf(): Buffer {
  const depth = 8;
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>',
    '<</Length 4>> stream\n/F Do\nendstream',
  ];
  for (let level = 0; level < depth; level += 1) {
    const content = level === depth - 1 ? '200 200 9 9 re f' : '/F Do '.repeat(10);
    const resources = level === depth - 1 ? '' : `/XObject<</F ${level + 6} 0 R>>`;
    objects.push(
      `<</Type/XObject/Subtype/Form/BBox[0 0 600 900]/Resources<<${resources}>>/Length ${content.length}>> stream\n${content}\nendstream`,
    );
  }
  const body = objects.map((object, index) => `${index + 1} 0 obj ${object} endobj\n`).join('');
  return Buffer.from(`%PDF-1.4\n${body}trailer <</Root 1 0 R>>`, 'latin1');
}

describe('letter workshop', () => {
  let workshop: LetterWorkshop;
  before(() => {
    workshop = createLetterWorkshop();
  });
  after(() => workshop[Symbol.asyncDispose]());

  it('sets, checks, rewrites and pictures letters in its thread', async () => {
    const { pdf, pages } = await workshop.render(LETTER);
    assert.equal(pages, 1);
    const options = { internationalLetters: false };
    const [check, sanitised, image] = await Promise.all([
      workshop.check(pdf, options),
      workshop.sanitise(pdf, options),
      workshop.image(pdf, 1, { width: 100 }),
    ]);
    assert.equal(check.status, 'passed');
    assert.ok(sanitised.status === 'passed' && sanitised.pdf.length > 1_000);
    assert.equal(Buffer.from(image ?? []).toString('latin1', 1, 4), 'PNG');
    assert.equal(await workshop.image(pdf, 9), undefined);
  });

  it('rejects what cannot be rendered and goes on', async () => {
    await assert.rejects(workshop.render({ ...LETTER, attachment: Buffer.from('no PDF') }), {
      name: 'LetterWorkError',
    });
    assert.equal((await workshop.render(LETTER)).pages, 1);
  });

  it('gives up a file that takes too long, and does the work behind it', async () => {
    await using impatient = createLetterWorkshop({ timeoutMs: 3_000 });
    const options = { internationalLetters: false };
    const [endless, other] = await Promise.all([
      impatient.check(endlessPdf(), options),
      impatient.check(Buffer.from('no PDF'), options),
    ]);
    assert.deepEqual(endless, { status: 'failed', message: 'unable-to-read-the-file' });
    assert.deepEqual(other, { status: 'failed', message: 'unable-to-read-the-file' });
  });

  it('takes nothing more once it is closed', async () => {
    const closed = createLetterWorkshop();
    await closed[Symbol.asyncDispose]();
    await assert.rejects(closed.render(LETTER), /closed/);
  });
});
