import { useState } from 'react';
import { Submit } from '../../parts/button.tsx';
import { TextField, TickField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { Done, Failure } from '../../parts/page.tsx';
import { api } from '../../server/api.ts';
import type { ListView } from '../../server/lists.ts';
import { markStale } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';

/** Hides from the owner what is reserved until a day; switching it off early is warned of. */
export function Surprise({ list }: { list: ListView['list'] }) {
  const [isOn, setOn] = useState(list.surprise);
  const [day, setDay] = useState(list.revealAt?.slice(0, 10) ?? '');
  const [saved, setSaved] = useState('');
  const isPast = day !== '' && new Date(`${day}T00:00:00`).getTime() <= Date.now();
  const endsNow = list.isHidden && (!isOn || isPast);
  const form = useForm({
    check: () => ({}),
    send: async () => {
      const revealAt = day === '' ? null : new Date(`${day}T00:00:00`).toISOString();
      const hasNewDay = day !== (list.revealAt?.slice(0, 10) ?? '');
      await api('PATCH', `/lists/${list.listId}`, {
        surprise: isOn,
        ...(isOn && hasNewDay ? { revealAt } : {}),
      });
      markStale(`/lists/${list.listId}/`);
      setSaved(say('saved'));
    },
    explain,
  });
  return (
    <section className="panel-box" aria-labelledby="surprise-title">
      <h2 id="surprise-title">{say('surprise')}</h2>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <Failure text={form.failure} />
        <Done text={saved} />
        <TickField label={say('surpriseOn')} hint={say('surpriseHint')} isOn={isOn} onSwitch={setOn} />
        {isOn && (
          <TextField
            type="date"
            label={say('revealDay')}
            hint={say('revealHint')}
            isOptional
            value={day}
            onText={setDay}
          />
        )}
        <div role="status">{endsNow && <p className="notice">{say('revealWarning')}</p>}</div>
        <Submit isReady isPending={form.isPending}>
          {say(endsNow ? 'revealNow' : 'save')}
        </Submit>
      </form>
    </section>
  );
}
