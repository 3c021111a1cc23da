import { useState } from 'react';
import { PasswordField } from '../../parts/field.tsx';
import { isEmail, useForm } from '../../parts/form.ts';
import { Failure, Page } from '../../parts/page.tsx';
import { Link, safePath, usePlace } from '../../router.tsx';
import { type ApiError, api } from '../../server/api.ts';
import { forgetAll } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';
import { AccountForm, AddressField } from './account-form.tsx';
import { ConfirmCode } from './confirm-code.tsx';
import { Providers } from './providers.tsx';

/** What went wrong at a provider, told in the address it came back to. */
function federationProblem(error: string | null, provider: string): string {
  if (error === null) return '';
  if (error === 'GoogleDomainError') return say('federatedGoogleDomain');
  if (error === 'NoEmail') return say('federatedNoEmail', { provider });
  if (error === 'PasswordFirst') return say('federatedPasswordFirst', { provider });
  return say('federatedFailed');
}

export function LogIn() {
  const { query } = usePlace();
  const redirect = safePath(query.get('redirect'));
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [isUnconfirmed, setUnconfirmed] = useState(false);
  const form = useForm({
    check: () => ({
      email: isEmail(email) ? '' : say('emailNeeded'),
      password: password === '' ? say('passwordNeeded') : '',
    }),
    // Being signed in, this page leads on by itself.
    send: async () => {
      await api('POST', '/auth/sign-in', { email: email.trim().toLowerCase(), password });
      forgetAll();
    },
    explain: (error: ApiError) => {
      if (error.code === 'USER_NOT_CONFIRMED') setUnconfirmed(true);
      return explain(error);
    },
  });
  if (isUnconfirmed)
    return <ConfirmCode email={email} password={password} onOther={() => setUnconfirmed(false)} />;
  const again = redirect === '/' ? '' : `?redirect=${encodeURIComponent(redirect)}`;
  return (
    <Page title={say('logIn')} isNarrow>
      <Failure text={form.failure || federationProblem(query.get('error'), query.get('provider') ?? '')} />
      <Providers redirect={redirect} />
      <AccountForm form={form} submit={say('logIn')} hook="login">
        <AddressField email={email} onEmail={setEmail} error={form.problems.email} />
        <PasswordField
          id="password"
          label={say('password')}
          autoComplete="current-password"
          value={password}
          onText={setPassword}
          error={form.problems.password}
        />
      </AccountForm>
      <p>
        <Link to="/reset">{say('forgotPassword')}</Link>
      </p>
      <p>
        {say('noAccountYet')}{' '}
        <Link to={`/signup${again}`} data-cy="link-signup">
          {say('signUp')}
        </Link>
      </p>
    </Page>
  );
}
