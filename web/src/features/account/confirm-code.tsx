import { useState } from 'react';
import { Button, Submit } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { useAction, useForm } from '../../parts/form.ts';
import { Done, Failure, Page } from '../../parts/page.tsx';
import { navigate } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { forgetAll } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';

interface Props {
  email: string;
  password: string;
  onOther: () => void;
}

/** The code from the mail: can be pasted, sent again, and taken up later from the log-in page. */
export function ConfirmCode({ email, password, onOther }: Props) {
  const [code, setCode] = useState('');
  const [isSentAgain, setSentAgain] = useState(false);
  const digits = code.replaceAll(/\D/g, '');
  const form = useForm({
    check: () => ({ code: digits.length === 6 ? '' : say('codeNeeded') }),
    send: async () => {
      const { signedIn } = await api<{ signedIn: boolean }>('POST', '/auth/confirm', {
        email,
        code: digits,
        password,
      });
      if (!signedIn) navigate('/login');
      forgetAll();
    },
    explain,
  });
  const resend = useAction(explain);
  return (
    <Page title={say('confirmTitle')} isNarrow>
      <p id="confirmation-form-intro">{say('confirmIntro', { email })}</p>
      <Failure text={form.failure || resend.failure} />
      <Done text={isSentAgain ? say('codeSentAgain') : ''} />
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <TextField
          id="confirmationCode"
          label={say('code')}
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onText={setCode}
          error={form.problems.code}
        />
        <Submit isReady={form.isReady} isPending={form.isPending} data-cy="confirm-signup-button">
          {say('confirm')}
        </Submit>
      </form>
      <div className="actions">
        <Button
          look="quiet"
          isPending={resend.isPending}
          onClick={() =>
            resend.run(async () => {
              await api('POST', '/auth/resend-code', { email });
              setSentAgain(true);
            })
          }
        >
          {say('resendCode')}
        </Button>
        <Button look="quiet" onClick={onOther}>
          {say('otherAddress')}
        </Button>
      </div>
    </Page>
  );
}
