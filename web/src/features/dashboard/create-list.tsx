import { useState } from 'react';
import { Submit } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { AreaField, ChoiceField, TextField, TickField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { Failure } from '../../parts/page.tsx';
import { navigate } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { CURRENCIES, OCCASIONS, occasionPicture } from '../../server/lists.ts';
import { markStale } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { toEventDate } from '../../words/format.ts';
import { say } from '../../words/index.ts';
import { showOccasion } from '../../words/occasions.ts';

export function CreateList({ currency: usual, onClose }: { currency: string; onClose: () => void }) {
  const [title, setTitle] = useState('');
  const [date, setDate] = useState('');
  const [occasion, setOccasion] = useState('');
  const [description, setDescription] = useState('');
  const [currency, setCurrency] = useState(usual);
  const [surprise, setSurprise] = useState(false);
  const form = useForm({
    check: () => ({
      title: title.trim() === '' ? say('titleNeeded') : '',
      occasion: occasion === '' ? say('occasionNeeded') : '',
    }),
    send: async () => {
      const eventDate = toEventDate(date);
      const { listId } = await api<{ listId: string }>('POST', '/my/lists', {
        title: title.trim(),
        occasion,
        description: description.trim(),
        imageUrl: occasionPicture(occasion),
        currency,
        surprise,
        ...(eventDate === '' ? {} : { eventDate }),
      });
      markStale('/my/lists');
      navigate(`/edit/${listId}?tab=1`);
    },
    explain,
  });
  const currencies = [...new Set([usual, ...CURRENCIES])];
  return (
    <Dialog title={say('createList')} onClose={onClose}>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <Failure text={form.failure} />
        <TextField
          id="title"
          label={say('listTitle')}
          maxLength={200}
          value={title}
          onText={setTitle}
          error={form.problems.title}
        />
        <ChoiceField
          id="occasion"
          label={say('occasion')}
          value={occasion}
          choices={[
            ['', say('choose')],
            ...OCCASIONS.map((one): [string, string] => [one, showOccasion(one)]),
          ]}
          onText={setOccasion}
          error={form.problems.occasion}
        />
        <TextField
          id="date"
          type="date"
          className="datepicker"
          label={say('date')}
          isOptional
          value={date}
          onText={setDate}
        />
        <AreaField
          id="description"
          label={say('welcomeMessage')}
          hint={say('welcomeMessageHint')}
          isOptional
          maxLength={5_000}
          value={description}
          onText={setDescription}
        />
        <ChoiceField
          label={say('currency')}
          value={currency}
          choices={currencies.map((code): [string, string] => [code, code])}
          onText={setCurrency}
        />
        <TickField
          label={say('surprise')}
          hint={say('surpriseHint')}
          isOn={surprise}
          onSwitch={setSurprise}
        />
        <Submit isReady={form.isReady} isPending={form.isPending} data-cy="button-create-list">
          {say('createList')}
        </Submit>
      </form>
    </Dialog>
  );
}
