import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
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

  it('are written in French as well, with the same facts, but for what operators get', async () => {
    for (const name of Object.keys(TEMPLATES) as TemplateName[]) {
      const source = parse(
        await readFile(new URL(`./templates/${name}.yaml`, import.meta.url), 'utf8'),
      ) as Record<string, unknown>;
      if (['alert', 'contact'].includes(name)) continue;
      const { fr, ...en } = source;
      const facts = (wording: unknown) =>
        [...JSON.stringify(wording).matchAll(/\{\{(\w+)\}\}|"when":"\w+"/g)].map(([text]) => text).sort();
      assert.deepEqual(facts(fr), facts(en), name);
      const letter = await renderLetter(name, { code: '1', list_title: 'L' }, frame, 'fr');
      assert.match(letter.html, /<html lang="fr">/);
      assert.notEqual(
        letter.subject,
        (await renderLetter(name, { code: '1', list_title: 'L' }, frame)).subject,
      );
    }
  });

  it('name the product by its own brand, not by ours', async () => {
    const { text } = await renderLetter('reserve-confirmation', { brand: 'Acme', details: 'Train' }, frame);
    assert.match(text, /Acme\nTrain/);
  });

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
