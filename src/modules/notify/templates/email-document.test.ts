import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileEmail, renderEmail } from './email.ts';
import {
  type EmailBranding,
  logoAddress,
  renderEmailDocument,
  unsubscribeHeaders,
} from './email-document.ts';
import { compileContent } from './placeholders.ts';
import { showContent } from './show-content.ts';
import { compareTemplates } from './template-difference.ts';

const EVIL = `"><script>alert('x')</script>`;

function documentOf(branding: EmailBranding, subject = 'Subject', content = 'Hello *there*'): string {
  const { html, preheader } = renderEmail(compileEmail({ subject, content }), {});
  return renderEmailDocument({ subject, preheader, body: html, branding });
}

describe('the page around an email', () => {
  it('has the subject, a hidden preheader and the body in a column of 580 pixels', () => {
    const page = documentOf({ type: 'none' });
    assert.match(page, /<title>Subject<\/title>/);
    assert.match(page, /<span style="display: none;[^>]*" hidden>Hello \*there\*…<\/span>/);
    assert.match(page, /max-width: 580px/);
    assert.match(page, /<p style="[^"]*">Hello \*there\*<\/p>/);
    assert.doesNotMatch(page, /GOV\.UK|<img/);
    for (const [table] of page.matchAll(/<table[^>]*>/g)) assert.match(table, /role="presentation"/);
  });

  it('shows the marks of each brand', () => {
    const logoUrl = 'https://static-logos.example.test/a.png';
    assert.match(documentOf({ type: 'govuk' }), /bgcolor="#0B0C0C"[\s\S]*GOV\.UK/);
    const org = documentOf({ type: 'org', logoUrl, text: 'Org & Co', colour: '#ff0000' });
    assert.match(
      org,
      /border-left: 2px solid #ff0000[\s\S]*<img src="https:\/\/static-logos\.example\.test\/a\.png" alt=""[\s\S]*Org &amp; Co/,
    );
    assert.doesNotMatch(org, /GOV\.UK/);
    const both = documentOf({ type: 'both', logoUrl, altText: 'The Org' });
    assert.match(both, /GOV\.UK[\s\S]*alt="The Org"/);
    assert.match(
      documentOf({ type: 'org_banner', logoUrl, text: 'Org', colour: '#123' }),
      /bgcolor="#123"[\s\S]*Org/,
    );
  });

  it('lets nothing of a brand, subject or content become markup', () => {
    const branding = {
      type: 'org_banner',
      logoUrl: `https://a.test/${EVIL}`,
      altText: EVIL,
      text: EVIL,
      colour: `#fff;${EVIL}`,
    } as const;
    const page = documentOf(branding, EVIL, EVIL);
    assert.doesNotMatch(page, /<script|"><script/);
    assert.match(page, /bgcolor="#0B0C0C"/);
  });

  it('finds logos on a host of their own', () => {
    assert.equal(
      logoAddress('https://www.notify.example.test', 'a b.png'),
      'https://static-logos.notify.example.test/a%20b.png',
    );
    assert.equal(logoAddress('http://localhost:6012', 'a.png'), 'https://static-logos.notify.tools/a.png');
  });
});

describe('headers to unsubscribe', () => {
  it('are two where there is an address', () => {
    assert.deepEqual(unsubscribeHeaders('https://a.test/u'), [
      { name: 'List-Unsubscribe', value: '<https://a.test/u>' },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    ]);
    assert.deepEqual(unsubscribeHeaders(null), []);
    assert.equal(unsubscribeHeaders('https://a.test/\r\nBcc: x>')[0]?.value, '<https://a.test/Bcc: x>');
  });
});

describe('versions of a template', () => {
  it('differ in placeholders, whatever their spelling', () => {
    const older = { subject: 'Hi ((First Name))', content: '((date)) ((old))' };
    assert.deepEqual(
      compareTemplates(older, { subject: 'Hi ((first_name))', content: '((date??x)) ((new))' }),
      {
        isSame: false,
        placeholdersAdded: ['new'],
        placeholdersRemoved: ['old'],
      },
    );
    assert.equal(compareTemplates(older, { ...older }).isSame, true);
  });
});

describe('content shown to people', () => {
  const content = compileContent('Hi ((name)), ((late??you are late)) ((missing)) ((flag??x))');
  it('has values and what is missing apart', () => {
    const parts = showContent(
      content,
      { name: ['A', 'B'], late: 'yes' },
      { lists: 'sentence', isHidden: false },
    );
    assert.deepEqual(
      parts.filter(({ text }) => text.trim() !== ''),
      [
        { kind: 'text', text: 'Hi ' },
        { kind: 'text', text: 'A and B' },
        { kind: 'text', text: ', ' },
        { kind: 'text', text: 'you are late' },
        { kind: 'placeholder', text: '((missing))' },
        { kind: 'placeholder', text: '((flag??x))' },
      ],
    );
  });

  it('hides every value where the template says so', () => {
    const parts = showContent(content, { name: 'Ann' }, { lists: 'sentence', isHidden: true });
    assert.deepEqual(
      parts.filter(({ kind }) => kind !== 'text').map(({ text }) => text),
      Array(4).fill('hidden'),
    );
    assert.ok(!JSON.stringify(parts).includes('Ann'));
  });
});
