// What one message costs to read and render: no database, one thread, CPU time.

import { checkPrecompiled } from '../src/modules/notify/letters/check-precompiled.ts';
import { renderLetter } from '../src/modules/notify/letters/render-letter.ts';
import { normaliseEmailAddress } from '../src/modules/notify/recipients/email-address.ts';
import { checkPhoneNumber } from '../src/modules/notify/recipients/phone-number.ts';
import { readPostalAddress } from '../src/modules/notify/recipients/postal-address.ts';
import { compileEmail, renderEmail, renderEmailForApi } from '../src/modules/notify/templates/email.ts';
import { renderEmailDocument } from '../src/modules/notify/templates/email-document.ts';
import { compileSms, renderSms } from '../src/modules/notify/templates/sms.ts';
import { reportResult } from './support.ts';

const EMAIL = compileEmail({
  subject: 'Your application ((reference))',
  content:
    '# Hello ((name))\n\nWe received your application on ((date)).\n\n* Keep your reference: ((reference))\n* Do not reply\n\nSee [the guidance](https://www.example.test/guidance?id=((reference))) - it says "what happens next".\n\n((late??You applied late.))\n\n---\n\nThe team',
});
const SMS = compileSms({
  content:
    'Hello ((name)), your appointment is on ((date)). Reference ((reference)). Reply CANCEL to cancel.',
});
const PERSONALISATION = { name: 'Ann O’Neill', reference: 'ABC-123-456', date: '5 March 2031', late: 'no' };

function microseconds(rounds: number, work: (round: number) => unknown): number {
  for (let round = 0; round < rounds / 5; round += 1) work(round);
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) work(round);
  const { user, system } = process.cpuUsage(before);
  return Math.round(((user + system) / rounds) * 10) / 10;
}

async function microsecondsEach(rounds: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / rounds);
}

const letter = {
  addressLines: ['A Person', '1 High Street', 'SW1A 1AA'],
  contactBlock: 'A Service\n2 Low Street',
  date: new Date('2031-03-05T12:00:00Z'),
  english: { subject: 'Subject', body: 'Dear Ann\n\n* one\n* two\n\nYours sincerely' },
};
const { pdf } = await renderLetter(letter);
const rendered = renderEmail(EMAIL, PERSONALISATION);
const hostile = compileEmail({ subject: '', content: '[a](b "'.repeat(30_000) });

await reportResult('notify-content', {
  cpuMicroseconds: {
    smsRendered: microseconds(50_000, () => renderSms(SMS, PERSONALISATION, 'Service')),
    emailForApi: microseconds(50_000, () => renderEmailForApi(EMAIL, PERSONALISATION)),
    emailRendered: microseconds(10_000, () => renderEmail(EMAIL, PERSONALISATION)),
    emailDocument: microseconds(10_000, () =>
      renderEmailDocument({ ...rendered, body: rendered.html, branding: { type: 'govuk' } }),
    ),
    phoneNumber: microseconds(10_000, (round) => checkPhoneNumber(`07700 9${10_000 + (round % 90_000)}`)),
    emailAddress: microseconds(100_000, (round) => normaliseEmailAddress(`Person.${round}@example.test`)),
    postalAddress: microseconds(20_000, (round) =>
      readPostalAddress(`A\n${round} High St\nLondon\nSW1A 1AA`),
    ),
    hostileEmailOf210kB: microseconds(10, () => renderEmail(hostile, {})),
    letterRendered: await microsecondsEach(20, () => renderLetter(letter)),
    letterChecked: await microsecondsEach(20, () => checkPrecompiled(pdf, { internationalLetters: true })),
  },
});
