import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  compileEmail,
  emailPlaceholders,
  emailSizeMessage,
  isEmptyBody,
  missingFromEmail,
  renderEmail,
  renderEmailForApi,
  renderEmailHtml,
} from './email.ts';
import { emailSenderLocalPart } from './email-sender.ts';
import {
  compileLetter,
  findQrCodeProblem,
  missingFromLetter,
  renderLetterForApi,
  renderLetterHtml,
} from './letter.ts';
import { missingPersonalisationMessage } from './placeholders.ts';
import { sanitisePersonalisation, sanitiseText } from './sanitise-content.ts';
import { compileSms, renderSms, smsLengthMessage } from './sms.ts';

function vectors<Case>(name: string): Case[] {
  const text = readFileSync(new URL(`testing/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { cases: Case[] }).cases;
}

const shortened = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

describe('placeholders', () => {
  interface PersonalisationCase {
    content: string;
    personalisation: Record<string, unknown>;
    placeholders: string[];
    missing: string[];
    sms_body: string | null;
    email_api_body: string | null;
    email_subject: string | null;
    email_html: string | null;
    email_plain_text: string | null;
  }
  for (const expected of vectors<PersonalisationCase>('personalisation')) {
    const { content, personalisation } = expected;
    it(`fills ${shortened(content)} with ${JSON.stringify(personalisation)}`, () => {
      const template = compileEmail({ subject: `Re ${content}`, content });
      const missing = missingFromEmail(template, personalisation);
      assert.deepEqual(emailPlaceholders(template), expected.placeholders);
      assert.deepEqual(missing, expected.missing);
      if (missing.length > 0) return;
      const api = renderEmailForApi(template, personalisation);
      const { html, plainText } = renderEmail(template, personalisation);
      assert.deepEqual(
        [api.body, api.subject, html, plainText, renderSms(compileSms({ content }), personalisation).body],
        [
          expected.email_api_body,
          expected.email_subject,
          expected.email_html,
          expected.email_plain_text,
          expected.sms_body,
        ],
      );
      assert.equal(renderEmailHtml(template, personalisation), html);
    });
  }

  it('names those that are missing in the words of the contract', () => {
    assert.equal(missingPersonalisationMessage([]), undefined);
    assert.equal(missingPersonalisationMessage(['a', 'b']), 'Missing personalisation: a, b');
  });
});

describe('text messages', () => {
  interface SmsCase {
    content: string;
    sanitised: string;
    character_count: number;
    fragments: number;
    ucs2: boolean;
    too_long: boolean;
    empty: boolean;
  }
  for (const expected of vectors<SmsCase>('sms')) {
    it(`measures ${shortened(expected.content)}`, () => {
      const { body, characters, fragments, ucs2 } = renderSms(compileSms(expected), {});
      assert.deepEqual(
        [body, characters, fragments, ucs2, smsLengthMessage(characters) !== undefined, characters === 0],
        [
          expected.sanitised,
          expected.character_count,
          expected.fragments,
          expected.ucs2,
          expected.too_long,
          expected.empty,
        ],
      );
    });
  }

  interface PrefixCase {
    content: string;
    service_name: string;
    sent: string;
    character_count: number;
    character_count_without_prefix: number;
    fragments: number;
  }
  for (const expected of vectors<PrefixCase>('sms-prefix')) {
    it(`puts the service's name before ${shortened(expected.content)}`, () => {
      const template = compileSms(expected);
      const { body, characters, fragments } = renderSms(template, {}, expected.service_name);
      assert.deepEqual(
        [body, characters, renderSms(template, {}).characters, fragments],
        [
          expected.sent,
          expected.character_count,
          expected.character_count_without_prefix,
          expected.fragments,
        ],
      );
    });
  }

  it('says how long a text is that is too long', () => {
    assert.equal(
      smsLengthMessage(919),
      'Your message is too long. Text messages cannot be longer than 918 characters. Your message is 919 characters long.',
    );
  });

  it('counts the characters that no phone shows', () => {
    assert.equal(renderSms(compileSms({ content: 'a 😀 漢' }), {}).replacedByQuestionMark, 2);
  });
});

describe('emails', () => {
  interface MarkdownCase {
    markdown: string;
    html: string;
    plain_text: string;
    preheader: string;
  }
  for (const expected of vectors<MarkdownCase>('email-markdown')) {
    it(`renders ${shortened(expected.markdown)}`, () => {
      const template = compileEmail({ subject: '', content: expected.markdown });
      const { html, plainText, preheader } = renderEmail(template, {});
      assert.deepEqual(
        [html, plainText, preheader],
        [expected.html, expected.plain_text, expected.preheader],
      );
    });
  }

  interface UnsubscribeCase {
    content: string;
    unsubscribe_link: string | null;
    html: string;
    plain_text: string;
  }
  for (const expected of vectors<UnsubscribeCase>('email-unsubscribe-link')) {
    it(`${expected.unsubscribe_link === null ? 'adds no' : 'adds a'} link to unsubscribe`, () => {
      const template = compileEmail({ subject: '', content: expected.content });
      const options = { unsubscribeUrl: expected.unsubscribe_link ?? undefined };
      const { html, plainText } = renderEmail(template, {}, options);
      assert.deepEqual([html, plainText], [expected.html, expected.plain_text]);
    });
  }

  for (const { name, local_part } of vectors<{ name: string; local_part: string }>(
    'email-sender-local-part',
  )) {
    it(`sends as ${JSON.stringify(local_part)} for ${JSON.stringify(name)}`, () => {
      assert.equal(emailSenderLocalPart(name), local_part);
    });
  }

  it('takes a body of two million bytes and no more', () => {
    assert.equal(emailSizeMessage('x'.repeat(2_000_000)), undefined);
    assert.equal(
      emailSizeMessage('é'.repeat(1_000_001)),
      'Your message is too long. Emails cannot be longer than 2000000 bytes. Your message is 2000002 bytes.',
    );
  });

  it('is empty where nothing but placeholders leaves nothing', () => {
    const isEmpty = (content: string, value: string) => {
      const template = compileEmail({ subject: '', content });
      return isEmptyBody(template.content, renderEmailForApi(template, { a: value }).body);
    };
    assert.deepEqual(
      [isEmpty('((a))', ''), isEmpty('((a))', 'x'), isEmpty('', ''), isEmpty(' ', '')],
      [true, false, true, false],
    );
  });
});

describe('values to sanitise', () => {
  for (const { unsanitised, sanitised } of vectors<{ unsanitised: string; sanitised: string }>(
    'sanitise-content',
  )) {
    it(`makes ${JSON.stringify(unsanitised)} harmless`, () =>
      assert.equal(sanitiseText(unsanitised), sanitised));
  }

  it('are those named in any spelling, and only those that change are reported', () => {
    const personalisation = {
      'First Name': 'a.test',
      list: ['b.test', 1],
      plain: 'x',
      other: 'c.test',
      number: 5,
    };
    const names = ['first_name', 'LIST', 'plain', 'number', 'unknown', 7, null];
    const result = sanitisePersonalisation(personalisation, names);
    assert.deepEqual(result.personalisation, {
      'First Name': 'a\\. test',
      list: ['b\\. test', 1],
      plain: 'x',
      other: 'c.test',
      number: 5,
    });
    assert.deepEqual(result.changed, {
      'First Name': { unsanitised: 'a.test', sanitised: 'a\\. test' },
      list: { unsanitised: ['b.test', 1], sanitised: ['b\\. test', 1] },
    });
    assert.deepEqual(sanitisePersonalisation(personalisation, null).changed, {});
  });
});

describe('letters', () => {
  for (const { markdown, html } of vectors<{ markdown: string; html: string }>('letter-markdown')) {
    it(`renders ${shortened(markdown)}`, () => {
      const template = compileLetter({ subject: '', content: markdown });
      assert.equal(renderLetterHtml(template.content, {}), html);
    });
  }

  it('ask for the contact block, then Welsh, then English', () => {
    const template = compileLetter({
      subject: '((s))',
      content: '((b))',
      contactBlock: '((c))',
      welshSubject: '((ws))',
      welshContent: '((wb))',
    });
    assert.deepEqual(missingFromLetter(template, {}), ['c', 'ws', 'wb', 's', 'b']);
  });

  it('answer with the body as Markdown and the subject escaped', () => {
    const template = compileLetter({ subject: 'A & "((x))"', content: '* ((x))\n' });
    assert.deepEqual(renderLetterForApi(template, { x: '<b>' }), {
      subject: 'A &amp; “&lt;b&gt;”',
      body: '* <b>',
    });
  });

  it('refuse a QR code that holds too much', () => {
    const template = compileLetter({ subject: '', content: 'a\n\nQR : ((link))\n\nb' });
    assert.equal(findQrCodeProblem(template, { link: 'x'.repeat(504) }), undefined);
    assert.deepEqual(findQrCodeProblem(template, { link: 'x'.repeat(505) }), {
      message: 'Cannot create a usable QR code - the link is too long',
      data: 'x'.repeat(505),
      numBytes: 505,
      maxBytes: 504,
    });
  });
});
