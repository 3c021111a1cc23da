import { useState } from 'react';
import { address } from '../router.tsx';
import { useSession } from '../server/session.ts';
import { say } from '../words/index.ts';

const YEAR_S = 31_536_000;

/** Asked of anonymous visitors once; yes and no weigh the same. Nothing but the answer is kept before it is given. */
export function Consent() {
  const session = useSession();
  const [isAnswered, setAnswered] = useState(() => /(?:^|; )CookieConsent=/.test(document.cookie));
  if (isAnswered || session.state !== 'anonymous') return null;
  const answer = (isYes: boolean) => {
    // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing in Firefox
    document.cookie = `CookieConsent=${isYes}; path=/; max-age=${YEAR_S}; samesite=lax`;
    setAnswered(true);
  };
  return (
    <section className="consent CookieConsent" aria-label={say('cookies')}>
      <p>
        {say('consentText')}{' '}
        <a href={address('/cookies')} data-cy="cookie-policy-link">
          {say('consentMore')}
        </a>
      </p>
      <div className="actions">
        <button type="button" className="button quiet" onClick={() => answer(false)}>
          {say('consentNo')}
        </button>
        <button type="button" className="button quiet" onClick={() => answer(true)}>
          {say('consentYes')}
        </button>
      </div>
    </section>
  );
}
