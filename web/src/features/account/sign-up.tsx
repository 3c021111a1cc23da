import { useState } from 'react';
import { Submit } from '../../parts/button.tsx';
import { PasswordField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { Failure, Page } from '../../parts/page.tsx';
import { PersonFields, personProblems } from '../../parts/person-fields.tsx';
import { address, Link, safePath, usePlace } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';
import { ConfirmCode } from './confirm-code.tsx';
import { passwordProblem } from './password-rules.ts';
import { Providers } from './providers.tsx';

export function SignUp() {
  const { query } = usePlace();
  const redirect = safePath(query.get('redirect'));
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [isWaiting, setWaiting] = useState(false);
  const form = useForm({
    check: () => ({
      ...personProblems(name, email),
      password: passwordProblem(password, email) ?? '',
    }),
    send: async () => {
      await api('POST', '/auth/sign-up', { name: name.trim(), email: email.trim().toLowerCase(), password });
      setWaiting(true);
    },
    explain,
  });
  if (isWaiting) {
    return (
      <ConfirmCode email={email.trim().toLowerCase()} password={password} onOther={() => setWaiting(false)} />
    );
  }
  return (
    <Page title={say('signUp')} isNarrow>
      <p>{say('signUpIntro')}</p>
      <Failure text={form.failure} />
      <Providers redirect={redirect} />
      <form className="form" noValidate onSubmit={form.onSubmit} data-cy="card">
        <PersonFields
          name={name}
          onName={setName}
          email={email}
          onEmail={setEmail}
          problems={form.problems}
          longestName={200}
        />
        <PasswordField
          id="password"
          label={say('password')}
          hint={say('passwordHint')}
          autoComplete="new-password"
          value={password}
          onText={setPassword}
          error={form.problems.password}
        />
        <p className="quiet-text">
          {say('agree')}{' '}
          <a href={address('/terms')} target="_blank" rel="noopener" data-cy="link-terms">
            {say('terms')} <span className="unseen">{say('newTab')}</span>
          </a>
          {' · '}
          <a href={address('/privacy')} target="_blank" rel="noopener" data-cy="link-privacy">
            {say('privacy')} <span className="unseen">{say('newTab')}</span>
          </a>
        </p>
        <Submit isReady={form.isReady} isPending={form.isPending} data-cy="button-signup-form">
          {say('makeAccount')}
        </Submit>
      </form>
      <p>
        {say('haveAccount')}{' '}
        <Link
          to={`/login${redirect === '/' ? '' : `?redirect=${encodeURIComponent(redirect)}`}`}
          data-cy="link-login"
        >
          {say('logIn')}
        </Link>
      </p>
    </Page>
  );
}
