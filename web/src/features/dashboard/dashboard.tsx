import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { LoadFailure, Page, Skeleton } from '../../parts/page.tsx';
import { Picture } from '../../parts/picture.tsx';
import { Link, navigate, usePlace } from '../../router.tsx';
import type { GiftList } from '../../server/lists.ts';
import { useQuery } from '../../server/query.ts';
import type { Person } from '../../server/session.ts';
import { showDate } from '../../words/format.ts';
import { say } from '../../words/index.ts';
import { showOccasion } from '../../words/occasions.ts';
import { CreateList } from './create-list.tsx';

interface MyLists {
  owned: GiftList[];
  coOwned: GiftList[];
}

export function Dashboard({ person }: { person: Person }) {
  const { data, error, reload } = useQuery<MyLists>('/my/lists');
  const { query } = usePlace();
  const [isCreating, setCreating] = useState(query.has('create'));
  if (!data && error) return <LoadFailure retry={reload} />;
  const lists = [...(data?.owned ?? []), ...(data?.coOwned ?? [])];
  const open = lists.filter(({ state }) => state === 'open');
  const closed = lists.filter(({ state }) => state === 'closed');
  const close = () => {
    setCreating(false);
    if (query.has('create')) navigate('/', { replace: true });
  };
  return (
    <Page title={say('yourLists')}>
      {!data ? (
        <Skeleton />
      ) : (
        <div data-cy="your-lists">
          <div className="actions">
            <Button onClick={() => setCreating(true)} data-cy="button-create-new-list">
              {say('createList')}
            </Button>
          </div>
          {lists.length === 0 && (
            <div className="empty">
              <h2>{say('noListsTitle')}</h2>
              <p>{say('noListsText')}</p>
            </div>
          )}
          <Cards lists={open} />
          {closed.length > 0 && (
            <section aria-labelledby="closed-lists">
              <h2 id="closed-lists">{say('closedLists')}</h2>
              <Cards lists={closed} />
            </section>
          )}
        </div>
      )}
      {isCreating && <CreateList currency={person.currency} onClose={close} />}
    </Page>
  );
}

function Cards({ lists }: { lists: GiftList[] }) {
  if (lists.length === 0) return null;
  return (
    <ul className="cards">
      {lists.map((list) => (
        <li key={list.listId} className="card">
          <Link
            to={`/edit/${list.listId}`}
            className="card-link"
            data-cy={list.state === 'closed' ? 'link-closed-header' : 'link-header'}
          >
            <Picture
              source={list.imageUrl}
              className="occasion"
              data-cy={list.state === 'closed' ? 'link-closed-image' : 'link-image'}
            />
            <span className="card-title">{list.title}</span>
          </Link>
          <div className="card-body">
            <p className="facts">
              {[showOccasion(list.occasion), showDate(list.eventDate)].filter(Boolean).join(' · ')}
              {list.state === 'closed' && ` · ${say('closedWord')}`}
            </p>
            <div className="actions">
              <Link
                to={`/edit/${list.listId}`}
                className="button small"
                aria-label={`${say('edit')}: ${list.title}`}
                data-cy={list.state === 'closed' ? 'link-closed-edit-list' : 'link-edit-list'}
              >
                {say('edit')}
              </Link>
              {list.state === 'open' && (
                <Link
                  to={`/lists/${list.listId}`}
                  className="button quiet small"
                  aria-label={`${say('view')}: ${list.title}`}
                  data-cy="link-view-list"
                >
                  {say('view')}
                </Link>
              )}
            </div>
          </div>
        </li>
      ))}
    </ul>
  );
}
