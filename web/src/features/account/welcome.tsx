import { useEffect } from 'react';
import { Page, Skeleton } from '../../parts/page.tsx';
import { Link, navigate, usePlace } from '../../router.tsx';
import { say } from '../../words/index.ts';

/** After the first sign-in at a provider. */
export function Welcome() {
  const account = usePlace().query.get('account');
  const isKnown = account === 'Google' || account === 'Facebook';
  useEffect(() => {
    if (!isKnown) navigate('/login?error=true', { replace: true });
  }, [isKnown]);
  if (!isKnown) return <Skeleton />;
  return (
    <Page title={say('welcomeTitle')} isNarrow>
      <p>{say('welcomeText', { provider: account })}</p>
      <div>
        <Link to="/" className="button">
          {say('getStarted')}
        </Link>
      </div>
    </Page>
  );
}
