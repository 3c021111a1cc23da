import { useState } from 'react';
import { Button, Submit } from '../../parts/button.tsx';
import { TextField, TickField } from '../../parts/field.tsx';
import { isEmail, useAction, useForm } from '../../parts/form.ts';
import { Failure } from '../../parts/page.tsx';
import { api } from '../../server/api.ts';
import { markStale, useQuery } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';

interface CoOwner {
  email: string;
  name: string | null;
  hasAccount: boolean;
  seesClaims: boolean;
}

export function CoOwners({ listId, isOwner }: { listId: string; isOwner: boolean }) {
  const path = `/lists/${listId}/co-owners`;
  const { data, error, reload } = useQuery<{ coOwners: CoOwner[] }>(path);
  const [email, setEmail] = useState('');
  const [seesClaims, setSeesClaims] = useState(false);
  const removal = useAction(explain);
  const form = useForm({
    check: () => ({ email: isEmail(email) ? '' : say('emailNeeded') }),
    send: async () => {
      await api('POST', path, { email: email.trim(), seesClaims });
      setEmail('');
      markStale(path);
    },
    explain,
  });
  return (
    <section className="panel-box" aria-labelledby="co-owners-title">
      <h2 id="co-owners-title">{say('coOwners')}</h2>
      <p>{say('coOwnersText')}</p>
      <Failure text={removal.failure} />
      {error && (
        <div>
          <p role="alert">{say('loadFailed')}</p>
          <Button onClick={reload}>{say('tryAgain')}</Button>
        </div>
      )}
      <ul className="rows">
        {data?.coOwners.map((person) => (
          <li key={person.email} className="row">
            <div className="grow breakable">
              <strong>{person.name ?? person.email}</strong>
              <p className="quiet-text">
                {person.name && `${person.email} · `}
                {say(person.seesClaims ? 'seesClaims' : 'seesNothing')}
              </p>
            </div>
            {isOwner && (
              <Button
                look="quiet"
                isPending={removal.isPending}
                aria-label={`${say('remove')}: ${person.email}`}
                onClick={() =>
                  removal.run(async () => {
                    await api('DELETE', `${path}/${encodeURIComponent(person.email)}`);
                    markStale(path);
                  })
                }
              >
                {say('remove')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {isOwner && (
        <form className="form" noValidate onSubmit={form.onSubmit}>
          <Failure text={form.failure} />
          <TextField
            type="email"
            label={say('email')}
            value={email}
            onText={setEmail}
            error={form.problems.email}
          />
          <TickField label={say('letSeeClaims')} isOn={seesClaims} onSwitch={setSeesClaims} />
          <Submit isReady={form.isReady} isPending={form.isPending}>
            {say('invite')}
          </Submit>
        </form>
      )}
    </section>
  );
}
