import { useState } from 'react';
import { Button, Submit } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { useAction, useForm } from '../../parts/form.ts';
import { ListFields, useListFields } from '../../parts/list-fields.tsx';
import { Done, Failure, LoadFailure, Page, Skeleton } from '../../parts/page.tsx';
import { Picture } from '../../parts/picture.tsx';
import { Link, navigate } from '../../router.tsx';
import { api } from '../../server/api.ts';
import type { ListView } from '../../server/lists.ts';
import { markStale, useQuery } from '../../server/query.ts';
import { NotFound } from '../../shell/not-found.tsx';
import { explain } from '../../shell/refusals.ts';
import { showDate, toIsoDate } from '../../words/format.ts';
import { say } from '../../words/index.ts';
import { showOccasion } from '../../words/occasions.ts';
import { CoOwners } from './co-owners.tsx';
import { Surprise } from './surprise.tsx';

export function Settings({ id }: { id: string }) {
  const { data, error, reload } = useQuery<ListView>(`/lists/${id}/view`);
  if (!data) {
    if (error?.status === 404) return <NotFound />;
    return error ? <LoadFailure retry={reload} /> : <Skeleton />;
  }
  if (data.role === 'visitor') return <NotFound />;
  const isOwner = data.role === 'owner';
  return (
    <Page title={say('settingsTitle')} isNarrow>
      <p>
        <Link to={`/edit/${id}`}>
          {say('backToEdit')}: {data.list.title}
        </Link>
      </p>
      <Details list={data.list} />
      {isOwner && <Surprise list={data.list} />}
      <CoOwners listId={id} isOwner={isOwner} />
      {isOwner && <Status list={data.list} />}
      {isOwner && <Delete list={data.list} />}
    </Page>
  );
}

type List = ListView['list'];

function Details({ list }: { list: List }) {
  const [isEditing, setEditing] = useState(false);
  if (isEditing) return <EditDetails list={list} onClose={() => setEditing(false)} />;
  const facts: [string, string][] = [
    [say('listTitle'), list.title],
    [say('occasion'), showOccasion(list.occasion)],
    [say('date'), showDate(list.eventDate) || say('noDate')],
    [say('welcomeMessage'), list.description || say('none')],
    [say('currency'), list.currency],
  ];
  return (
    <section className="panel-box" aria-labelledby="details-title">
      <h2 id="details-title">{say('details')}</h2>
      <Picture source={list.imageUrl} className="occasion small-picture" />
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div>
        <Button look="quiet" onClick={() => setEditing(true)} data-cy="button-edit">
          {say('edit')}
        </Button>
      </div>
    </section>
  );
}

function EditDetails({ list, onClose }: { list: List; onClose: () => void }) {
  const fields = useListFields(list);
  const form = useForm({
    check: () => fields.problems,
    send: async () => {
      await api('PATCH', `/lists/${list.listId}`, fields.body);
      markStale('/my/lists', `/lists/${list.listId}/`);
      onClose();
    },
    explain,
  });
  return (
    <section className="panel-box" aria-labelledby="details-title">
      <h2 id="details-title">{say('details')}</h2>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <Failure text={form.failure} />
        <ListFields fields={fields} problems={form.problems} />
        {endsSurprise(list, fields.body) && <p className="notice">{say('dateRevealWarning')}</p>}
        <div className="actions">
          <Submit isReady={form.isReady} isPending={form.isPending} data-cy="button-save">
            {say('save')}
          </Submit>
          <Button look="quiet" onClick={onClose} data-cy="button-cancel">
            {say('cancel')}
          </Button>
        </div>
      </form>
    </section>
  );
}

/** The day of the event is the day of the reveal: one that has passed shows everything at once. */
function endsSurprise(list: List, { eventDate }: { eventDate?: string | null }): boolean {
  if (!list.isHidden || !eventDate) return false;
  const dayAfter = Date.parse(`${toIsoDate(eventDate)}T00:00:00Z`) + 2 * 86_400_000;
  return dayAfter <= Date.now();
}

function Status({ list }: { list: List }) {
  const { run, isPending, failure } = useAction(explain);
  const [changed, setChanged] = useState('');
  const isOpen = list.state === 'open';
  const change = () =>
    run(async () => {
      await api('POST', `/lists/${list.listId}/${isOpen ? 'close' : 'reopen'}`, {});
      markStale('/my/lists', `/lists/${list.listId}/`);
      setChanged(say(isOpen ? 'closedDone' : 'reopenedDone'));
    });
  return (
    <section className="panel-box" aria-labelledby="status-title">
      <h2 id="status-title">{say('status')}</h2>
      <Failure text={failure} />
      <Done text={changed} />
      <p>{say(isOpen ? 'statusOpen' : 'statusClosed')}</p>
      <div>
        <Button
          look="quiet"
          isPending={isPending}
          onClick={change}
          data-cy={isOpen ? 'button-close-list' : 'button-reopen-list'}
        >
          {say(isOpen ? 'closeList' : 'reopenList')}
        </Button>
      </div>
    </section>
  );
}

function Delete({ list }: { list: List }) {
  const [isAsking, setAsking] = useState(false);
  const { run, isPending, failure } = useAction(explain);
  const remove = () =>
    run(async () => {
      await api('DELETE', `/lists/${list.listId}`);
      markStale('/my/lists');
      navigate('/');
    });
  return (
    <section className="panel-box" aria-labelledby="delete-title">
      <h2 id="delete-title">{say('deleteList')}</h2>
      <p>{say('deleteListText')}</p>
      <div>
        <Button look="danger" onClick={() => setAsking(true)} data-cy="button-delete">
          {say('deleteList')}
        </Button>
      </div>
      {isAsking && (
        <Dialog
          title={say('deleteListAsk', { title: list.title })}
          onClose={() => setAsking(false)}
          data-cy="popout-delete"
        >
          <Failure text={failure} />
          <p>{say('deleteListText')}</p>
          <div className="actions">
            <Button look="danger" isPending={isPending} onClick={remove} data-cy="button-confirm">
              {say('deleteYes')}
            </Button>
            <Button look="quiet" onClick={() => setAsking(false)} data-cy="button-close">
              {say('keep')}
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
