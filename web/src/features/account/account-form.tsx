import type { FormEvent, ReactNode } from 'react';
import { Submit } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { say } from '../../words/index.ts';

interface FormState {
  onSubmit: (event: FormEvent<HTMLFormElement>) => Promise<void>;
  isReady: boolean;
  isPending: boolean;
}

/** The card that signing in and its neighbours consist of: fields and one button, with the hooks of older tests. */
export function AccountForm(props: { form: FormState; submit: string; hook: string; children: ReactNode }) {
  const { form, submit, hook, children } = props;
  return (
    <form className="form" noValidate onSubmit={form.onSubmit} data-cy="card">
      {children}
      <Submit isReady={form.isReady} isPending={form.isPending} data-cy={hook}>
        {submit}
      </Submit>
    </form>
  );
}

/** The address somebody signs in with. */
export function AddressField(props: {
  email: string;
  onEmail: (email: string) => void;
  error: string | undefined;
}) {
  const { email, onEmail, error } = props;
  return (
    <TextField
      id="email"
      label={say('email')}
      type="email"
      autoComplete="username"
      value={email}
      onText={onEmail}
      error={error}
    />
  );
}
