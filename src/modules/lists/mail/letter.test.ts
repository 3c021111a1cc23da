import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TEMPLATES, type TemplateName } from './courier.ts';
import { renderLetter } from './letter.ts';

const frame = {
  brandName: 'Lists',
  origin: 'https://lists.example',
  postalAddress: '1 Street',
  environment: 'prod',
} as const;

describe('letters', () => {
  // Object.keys forgets which names they are.
  for (const name of Object.keys(TEMPLATES) as TemplateName[]) {
    it(`${name} says the same in text and HTML, and escapes what people typed`, async () => {
      const evil = '<script>alert(1)</script> & "x"';
      const variables = {
        ...Object.fromEntries(
          [
            'name',
            'list_title',
            'brand',
            'details',
            'notes',
            'message',
            'owner_name',
            'reserved_name',
            'summary',
            'ticket',
            'prefix',
            'reply_to',
            'quantity',
          ].map((key) => [key, `${key} ${evil}`]),
        ),
        code: '123456',
        gifts: [evil],
        by_other: true,
        image_url: '//img.example/x.jpg',
        ...Object.fromEntries(
          ['list_url', 'confirm_url', 'edit_url', 'product_url', 'link'].map((key) => [
            key,
            `https://lists.example/${key}`,
          ]),
        ),
      };
      const letter = await renderLetter(name, variables, frame);
      assert.ok(!letter.html.includes('<script'));
      assert.ok(!/\{\{/.test(letter.subject + letter.text + letter.html));
      assert.ok(!letter.subject.includes('\n') && letter.subject.length > 5);
      assert.match(letter.text, /1 Street/);
      assert.match(letter.html, /1 Street/);
      const links = [...letter.html.matchAll(/href="([^"]+)"/g)].map(([, url]) => url);
      for (const url of links) assert.ok(letter.text.includes(url ?? '-'), `${url} is missing in the text`);
    });
  }

  it('gives a picture without scheme its https, and leaves out addresses that are none', async () => {
    const render = (image_url: string, product_url: string) =>
      renderLetter('reserve-confirmation', { image_url, product_url }, frame);
    assert.ok(
      (await render('//i.example/x.jpg', 'https://s.example')).html.includes('src="https://i.example/x.jpg"'),
    );
    const bad = await render('javascript:alert(1)', 'javascript:alert(1)');
    assert.ok(!bad.html.includes('javascript:') && !bad.text.includes('javascript:'));
    assert.ok(!bad.html.includes('A note for you'));
  });

  it('marks letters of other environments', async () => {
    const { subject } = await renderLetter('code', { code: '1' }, { ...frame, environment: 'staging' });
    assert.equal(subject, 'Verify your Lists account (staging)');
  });
});
