import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sealToken } from './fernet.ts';
import { openLinkToken, openSignedLink } from './signed-link.ts';

/** Made with itsdangerous 2.2.0 at 2026-08-01T10:00:00Z from the secret and salt below. */
const SAMPLES: [token: string, payload: unknown][] = [
  ['ImFubkBleGFtcGxlLnRlc3Qi.am3DoA.OE4xk_HXwudeTqZaheVSVbpXix8', 'ann@example.test'],
  [
    '.eJxTOrqlMk8hJz8vXaEktaJklDUoWEoAEc6XDQ.am3DoA.ke7CSLwKL6SSeimOzH75GOvEHyc',
    `Ŵyn ${'long text '.repeat(40)}`,
  ],
  [
    'eyJ1c2VyX2lkIjoiMSIsImVtYWlsIjoiYUBiLmMifQ.am3DoA.35EGyYfLyxmtJS662ZDhAQ_CtLY',
    { user_id: '1', email: 'a@b.c' },
  ],
];
const SECRETS = { secretKey: 'dev-notify-secret-key', salt: 'dev-notify-salt' };
const MADE_AT = new Date('2026-08-01T10:00:00Z');
const limits = { now: new Date(MADE_AT.getTime() + 3_600_000), maxAgeSeconds: 3_600 };

describe('links of the original', () => {
  it('are read as they were made', () => {
    for (const [token, payload] of SAMPLES) assert.deepEqual(openSignedLink(SECRETS, token, limits), payload);
  });

  it('are refused when they are too old, changed or signed with another secret', () => {
    const [[token] = ['']] = SAMPLES;
    const late = { ...limits, now: new Date(limits.now.getTime() + 1_000) };
    assert.equal(openSignedLink(SECRETS, token, late), undefined);
    assert.equal(openSignedLink({ ...SECRETS, salt: 'other' }, token, limits), undefined);
    assert.equal(openSignedLink({ ...SECRETS, secretKey: 'other' }, token, limits), undefined);
    for (let place = 0; place < token.length; place += 1) {
      const changed = `${token.slice(0, place)}${token[place] === 'A' ? 'B' : 'A'}${token.slice(place + 1)}`;
      // The last character of base64 has bits that say nothing.
      if (place < token.length - 1)
        assert.equal(openSignedLink(SECRETS, changed, limits), undefined, changed);
    }
    for (const nonsense of ['', '.', '...', 'a.b', 'a.b.c', `${token}.x`]) {
      assert.equal(openSignedLink(SECRETS, nonsense, limits), undefined);
    }
  });

  it('work beside our own, where their secrets are known', () => {
    const token = Buffer.alloc(32, 1);
    const own = sealToken(token, 'ann@example.test', MADE_AT);
    const [[old] = ['']] = SAMPLES;
    assert.equal(openLinkToken({ token, signedLinks: undefined }, own, limits), 'ann@example.test');
    assert.equal(openLinkToken({ token, signedLinks: SECRETS }, own, limits), 'ann@example.test');
    assert.equal(openLinkToken({ token, signedLinks: SECRETS }, old, limits), 'ann@example.test');
    assert.equal(openLinkToken({ token, signedLinks: undefined }, old, limits), undefined);
  });
});
