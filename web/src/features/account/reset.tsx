import { useState } from 'react';
import { PasswordField, TextField } from '../../parts/field.tsx';
import { isEmail, useForm } from '../../parts/form.ts';
import { Failure, Page } from '../../parts/page.tsx';
import { Link } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';
import { AccountForm, AddressField } from './account-form.tsx';
import { passwordProblem } from './password-rules.ts';

type Step = 'ask' | 'set' | 'done';

export function Reset() {
  const [step, setStep] = useState<Step>('ask');
  const [email, setEmail] = useState('');
  if (step === 'done') {
    return (
      <Page key="done" title={say('resetDoneTitle')} isNarrow>
        <p role="status">{say('resetDone')}</p>
        <div>
          <Link to="/login" className="button">
            {say('logIn')}
          </Link>
        </div>
      </Page>
    );
  }
  if (step === 'set')
    return <NewPassword email={email.trim().toLowerCase()} onDone={() => setStep('done')} />;
  return <AskForCode email={email} onEmail={setEmail} onSent={() => setStep('set')} />;
}

function AskForCode(props: { email: string; onEmail: (email: string) => void; onSent: () => void }) {
  const { email, onEmail, onSent } = props;
  const form = useForm({
    check: () => ({ email: isEmail(email) ? '' : say('emailNeeded') }),
    send: async () => {
      await api('POST', '/auth/forgot-password', { email: email.trim().toLowerCase() });
      onSent();
    },
    explain,
  });
  return (
    <Page key="ask" title={say('resetTitle')} isNarrow>
      <p>{say('resetIntro')}</p>
      <Failure text={form.failure} />
      <AccountForm form={form} submit={say('sendCode')} hook="submit-reset">
        <AddressField email={email} onEmail={onEmail} error={form.problems.email} />
      </AccountForm>
      <p>
        <Link to="/login">{say('logIn')}</Link>
      </p>
    </Page>
  );
}

function NewPassword({ email, onDone }: { email: string; onDone: () => void }) {
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const digits = code.replaceAll(/\D/g, '');
  const form = useForm({
    check: () => ({
      code: digits.length === 6 ? '' : say('codeNeeded'),
      password: passwordProblem(password, email) ?? '',
      again: again === password ? '' : say('passwordsDiffer'),
    }),
    send: async () => {
      await api('POST', '/auth/reset-password', { email, code: digits, password });
      onDone();
    },
    explain,
  });
  return (
    <Page key="set" title={say('newPasswordTitle')} isNarrow>
      <p>{say('resetCodeIntro', { email })}</p>
      <Failure text={form.failure} />
      <AccountForm form={form} submit={say('setPassword')} hook="submit-verify">
        <TextField
          id="code"
          label={say('code')}
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onText={setCode}
          error={form.problems.code}
        />
        <PasswordField
          id="password"
          label={say('newPassword')}
          hint={say('passwordHint')}
          autoComplete="new-password"
          value={password}
          onText={setPassword}
          error={form.problems.password}
        />
        <PasswordField
          id="confirmPassword"
          label={say('repeatPassword')}
          autoComplete="new-password"
          value={again}
          onText={setAgain}
          error={form.problems.again}
        />
      </AccountForm>
    </Page>
  );
}
