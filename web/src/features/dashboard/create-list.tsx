import { useState } from 'react';
import { Submit } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TickField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { ListFields, useListFields } from '../../parts/list-fields.tsx';
import { Failure } from '../../parts/page.tsx';
import { navigate } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { markStale } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';

export function CreateList({ currency, onClose }: { currency: string; onClose: () => void }) {
  const fields = useListFields({ currency });
  const [surprise, setSurprise] = useState(false);
  const form = useForm({
    check: () => fields.problems,
    send: async () => {
      const body = { ...fields.body, surprise };
      const { listId } = await api<{ listId: string }>('POST', '/my/lists', body);
      markStale('/my/lists');
      navigate(`/edit/${listId}?tab=1`);
    },
    explain,
  });
  return (
    <Dialog title={say('createList')} onClose={onClose}>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <Failure text={form.failure} />
        <ListFields fields={fields} problems={form.problems} isBrief />
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
