import { useState } from 'react';
import { Button, Submit } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { ChoiceField, TextField } from '../../parts/field.tsx';
import { isEmail, useAction, useForm } from '../../parts/form.ts';
import { Done, Failure, Page } from '../../parts/page.tsx';
import { address, Link, navigate, usePlace } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { CURRENCIES } from '../../server/lists.ts';
import { forgetAll, markStale, useQuery } from '../../server/query.ts';
import type { Person } from '../../server/session.ts';
import { explain } from '../../shell/refusals.ts';
import { isLanguage, LANGUAGES, rememberLanguage, say } from '../../words/index.ts';

const NAMES: Record<string, string> = { google: 'Google', facebook: 'Facebook' };

export function Profile({ person }: { person: Person }) {
  return (
    <Page title={say('profileTitle')} isNarrow>
      <About person={person} />
      <Address person={person} />
      <SignIn person={person} />
      <Leave />
    </Page>
  );
}

function About({ person }: { person: Person }) {
  const [name, setName] = useState(person.name);
  const [language, setLanguage] = useState(person.language);
  const [currency, setCurrency] = useState(person.currency);
  const [saved, setSaved] = useState('');
  const form = useForm({
    check: () => ({ name: name.trim() === '' ? say('nameNeeded') : '' }),
    send: async () => {
      await api('PATCH', '/me', { name: name.trim(), language, currency });
      markStale('/auth/session');
      setSaved(say('saved'));
      if (language === person.language || !isLanguage(language)) return;
      rememberLanguage(language);
      location.reload();
    },
    explain,
  });
  return (
    <section className="panel-box" aria-labelledby="about-title">
      <h2 id="about-title">{say('aboutYou')}</h2>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <Failure text={form.failure} />
        <Done text={saved} />
        <TextField
          label={say('yourName')}
          autoComplete="name"
          maxLength={200}
          value={name}
          onText={setName}
          error={form.problems.name}
        />
        <ChoiceField
          label={say('languageLabel')}
          value={language}
          choices={Object.entries(LANGUAGES)}
          onText={setLanguage}
        />
        <ChoiceField
          label={say('currency')}
          hint={say('currencyHint')}
          value={currency}
          choices={[...new Set([person.currency, ...CURRENCIES])].map((code): [string, string] => [
            code,
            code,
          ])}
          onText={setCurrency}
        />
        <Submit isReady={form.isReady} isPending={form.isPending}>
          {say('save')}
        </Submit>
      </form>
    </section>
  );
}

function Address({ person }: { person: Person }) {
  const [email, setEmail] = useState('');
  const [code, setCode] = useState('');
  const [isWaiting, setWaiting] = useState(false);
  const [done, setDone] = useState('');
  const digits = code.replaceAll(/\D/g, '');
  const form = useForm({
    check: () =>
      isWaiting
        ? { code: digits.length === 6 ? '' : say('codeNeeded') }
        : { email: isEmail(email) ? '' : say('emailNeeded') },
    send: async () => {
      if (!isWaiting) {
        await api('PATCH', '/me', { email: email.trim() });
        setWaiting(true);
        return;
      }
      await api('POST', '/me/confirm-email', { code: digits });
      markStale('/auth/session', '/reservations/mine');
      setWaiting(false);
      setEmail('');
      setCode('');
      setDone(say('saved'));
    },
    explain,
  });
  return (
    <section className="panel-box" aria-labelledby="address-title">
      <h2 id="address-title">{say('email')}</h2>
      <p className="breakable">{say('currentEmail', { email: person.email })}</p>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <Failure text={form.failure} />
        <Done text={done} />
        {isWaiting ? (
          <TextField
            label={say('code')}
            hint={say('confirmIntro', { email })}
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onText={setCode}
            error={form.problems.code}
          />
        ) : (
          <TextField
            label={say('newEmail')}
            type="email"
            autoComplete="email"
            value={email}
            onText={setEmail}
            error={form.problems.email}
          />
        )}
        <Submit isReady={form.isReady} isPending={form.isPending}>
          {say(isWaiting ? 'confirm' : 'sendCode')}
        </Submit>
      </form>
    </section>
  );
}

function SignIn({ person }: { person: Person }) {
  const { query } = usePlace();
  const { data } = useQuery<{ providers: string[] }>('/auth/providers');
  const { run, isPending, failure } = useAction(explain);
  const unlink = (provider: string) =>
    run(async () => {
      await api('DELETE', `/me/providers/${provider}`);
      markStale('/auth/session');
    });
  return (
    <section className="panel-box" aria-labelledby="sign-in-title">
      <h2 id="sign-in-title">{say('signInMethods')}</h2>
      <Failure text={failure || (query.get('error') === 'taken' ? say('providerTaken') : '')} />
      <Done text={query.has('linked') ? say('providerLinked') : ''} />
      <p>
        {say(person.hasPassword ? 'hasPassword' : 'hasNoPassword')}. {say('changePasswordHint')}{' '}
        <Link to="/logout">{say('logOut')}</Link>
      </p>
      <ul className="rows">
        {[...new Set([...person.providers, ...(data?.providers ?? [])])].map((provider) => (
          <li key={provider} className="row">
            <span className="grow">{NAMES[provider] ?? provider}</span>
            {person.providers.includes(provider) ? (
              <Button
                look="quiet"
                isPending={isPending}
                aria-label={`${say('unlink')}: ${provider}`}
                onClick={() => unlink(provider)}
              >
                {say('unlink')}
              </Button>
            ) : (
              <a
                className="button quiet"
                href={address(`/auth/federated/${provider}?redirect=/profile&link=true`)}
                aria-label={`${say('link')}: ${provider}`}
              >
                {say('link')}
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Leave() {
  const [isAsking, setAsking] = useState(false);
  const { run, isPending, failure } = useAction(explain);
  const erase = () =>
    run(async () => {
      await api('DELETE', '/me');
      forgetAll();
      navigate('/');
    });
  return (
    <section className="panel-box" aria-labelledby="leave-title">
      <h2 id="leave-title">{say('yourData')}</h2>
      <p>{say('eraseText')}</p>
      <div className="actions">
        <a className="button quiet" href={address('/me/export')} download="my-data.json">
          {say('download')}
        </a>
        <Button look="danger" onClick={() => setAsking(true)}>
          {say('eraseAccount')}
        </Button>
      </div>
      {isAsking && (
        <Dialog title={say('eraseAsk')} onClose={() => setAsking(false)}>
          <Failure text={failure} />
          <p>{say('eraseText')}</p>
          <div className="actions">
            <Button look="danger" isPending={isPending} onClick={erase}>
              {say('deleteYes')}
            </Button>
            <Button look="quiet" onClick={() => setAsking(false)}>
              {say('keep')}
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
