import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileEmail, renderEmail, renderEmailForApi } from './email.ts';
import { compileLetter, findQrCodeProblem, renderLetterForApi, renderLetterHtml } from './letter.ts';
import { findLinks } from './link-finder.ts';
import { sanitiseText } from './sanitise-content.ts';
import { compileSms, renderSms } from './sms.ts';

/** Pieces that mean something to a grammar here, alone and against each other. */
const PIECES =
  '[|](|[a](|[a](b "|](b)|[a|[[a]|![|[^a]|[^a|[a]: |[a]: b\n|[^a]: b\n |\n[|<|<a |<a b=|<a b="|<div>\n|<!--|-->|</a>|<b>x</b>|http://|http://)|https://a.b/c?d=e |&|&amp;|&#60;|&lt;script&gt;|*|* |- |---\n|1.|1.\n|* a\n\n|* a\n  |    x\n|`|```\n|~~~|# |#|=\n|^|^a\n|> |a ¦ b\n|-¦-\n|\t| |  \n|\n|\r\n|\r|\\|"|\'|\'s | - |. |.|((|))|((a))|((a??|gov.uk |@|a@b |o\'a@b |\u2028|\u00a0|\u200b|😀|ŵ|漢|\u0000|\ud800|qr: |a|word |a.b|a-a-|www.a.com |_|javascript:alert(1)|" onclick="x|<script>|</p>|style="'
    .split('|')
    .map((piece) => piece.replaceAll('¦', '|'));

/** The same numbers for the same seed, so that a failure can be met again. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const TAG =
  /^<(?:\/?(?:p|h2|h3|table|tr|td|ul|ol|li|div|blockquote)(?: role="presentation")?(?: style="[^"<>]*")?|\/a|br|hr style="[^"<>]*"|a style="[^"<>]*" href="[A-Za-z0-9_.\-~:/?#=&;%]*"(?: title="[^"<>]*")?)>$/;

describe('hostile content', () => {
  it('never makes a renderer fail, nor gets a tag or attribute of its own into an email', () => {
    const random = randomNumbers(20_310_305);
    const piece = () => PIECES[Math.floor(random() * PIECES.length)] ?? '';
    for (let round = 0; round < 3_000; round += 1) {
      const content = Array.from({ length: 1 + Math.floor(random() * 14) }, piece).join('');
      const personalisation = {
        a: round % 3 === 0 ? [piece(), piece() + piece()] : piece() + piece(),
        late: 'yes',
      };
      const template = compileEmail({ subject: content, content });
      const { html } = renderEmail(template, personalisation, { unsubscribeUrl: 'https://a.test/u' });
      for (const [tag] of html.matchAll(/<[^>]*>?/g)) assert.match(tag, TAG, JSON.stringify(content));
      renderEmailForApi(template, personalisation);
      const sms = renderSms(compileSms({ content }), personalisation, 'Service');
      assert.match(sms.body, /^[\n\r -~¡£¤¥§¿À-ÿŴŵŶŷŸẀ-ẅỲỳΓΔΘΛΞΠΣΦΨΩ€]*$/);
      const letter = compileLetter({ subject: content, content, contactBlock: content });
      renderLetterForApi(letter, personalisation);
      assert.doesNotMatch(renderLetterHtml(letter.content, personalisation), /<script|onclick="/);
      findQrCodeProblem(letter, personalisation);
    }
  });

  // What takes more than linear time takes minutes at this length, or does not end.
  for (const piece of PIECES.filter((one) => one !== '')) {
    it(`of ${JSON.stringify(piece)} alone is rendered at any length`, () => {
      for (const end of ['', ')', '"', '>', ']']) {
        const content = piece.repeat(Math.ceil(8_000 / piece.length)) + end;
        const { html } = renderEmail(compileEmail({ subject: content, content }), { a: 'x' });
        assert.equal(typeof html, 'string');
      }
      sanitiseText(piece.repeat(Math.ceil(40_000 / piece.length)));
    });
  }

  it('of brackets within brackets does not fill the stack', () => {
    const nested = `${'['.repeat(50_000)}x${'](a)'.repeat(50_000)}`;
    renderEmail(compileEmail({ subject: '', content: nested }), {});
    renderEmail(compileEmail({ subject: '', content: `${'* '.repeat(20_000)}x` }), {});
    renderEmail(compileEmail({ subject: '', content: `${'^ '.repeat(20_000)}x` }), {});
  });

  it('has the same links found as the pattern of the contract finds', () => {
    const boundary = '(?:(?<=[\\p{L}\\p{N}_])(?![\\p{L}\\p{N}_])|(?<![\\p{L}\\p{N}_])(?=[\\p{L}\\p{N}_]))';
    const pattern = new RegExp(
      `${boundary}(?<![@.])(https?:\\/\\/)?([\\p{L}\\p{N}_-]+\\.)+([a-zA-Z]{2,63})(?!@)${boundary}([/?#][^<\\s]*)?`,
      'giu',
    );
    const random = randomNumbers(7);
    const pieces = 'a b com x1 é - -- . .. @ http:// https:// HTTP:// / ? # < _ 1 uk co.uk : 😀 ,'.split(' ');
    pieces.push(' ', '\n');
    for (let round = 0; round < 5_000; round += 1) {
      const count = 1 + Math.floor(random() * 9);
      const text = Array.from({ length: count }, () => pieces[Math.floor(random() * pieces.length)]).join('');
      assert.deepEqual(
        [...findLinks(text)],
        [...text.matchAll(pattern)].map(({ 0: link, index }) => ({ start: index, end: index + link.length })),
        JSON.stringify(text),
      );
    }
  });
});
