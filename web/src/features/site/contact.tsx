import { useState } from 'react';
import { Submit } from '../../parts/button.tsx';
import { AreaField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { Failure, Page } from '../../parts/page.tsx';
import { PersonFields, personProblems } from '../../parts/person-fields.tsx';
import { api } from '../../server/api.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';

export function Contact() {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [message, setMessage] = useState('');
  const [isSent, setSent] = useState(false);
  const form = useForm({
    check: () => ({
      ...personProblems(name, email),
      message: message.trim() === '' ? say('messageNeeded') : '',
    }),
    send: async () => {
      await api('POST', '/contact', { name: name.trim(), email: email.trim(), message: message.trim() });
      setSent(true);
    },
    explain,
  });
  return (
    <Page title={say('contactUs')} isNarrow>
      <div role="status">
        {isSent && <p className="done">{say('contactThanks', { name: name.trim() })}</p>}
      </div>
      {!isSent && (
        <form className="form" noValidate onSubmit={form.onSubmit} data-cy="contact-card">
          <Failure text={form.failure} />
          <PersonFields
            name={name}
            onName={setName}
            email={email}
            onEmail={setEmail}
            problems={form.problems}
            longestName={100}
          />
          <AreaField
            id="message"
            label={say('message')}
            rows={6}
            maxLength={5_000}
            value={message}
            onText={setMessage}
            error={form.problems.message}
          />
          <Submit isReady={form.isReady} isPending={form.isPending} data-cy="contact">
            {say('send')}
          </Submit>
        </form>
      )}
    </Page>
  );
}
