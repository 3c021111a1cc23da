import { LoadFailure, Page, Skeleton } from '../../parts/page.tsx';
import { Picture } from '../../parts/picture.tsx';
import { type Tab, Tabs } from '../../parts/tabs.tsx';
import { Link, navigate, usePlace } from '../../router.tsx';
import type { ListView } from '../../server/lists.ts';
import { useQuery } from '../../server/query.ts';
import type { Person } from '../../server/session.ts';
import { NotFound } from '../../shell/not-found.tsx';
import { showDate } from '../../words/format.ts';
import { say } from '../../words/index.ts';
import { showOccasion } from '../../words/occasions.ts';
import { AddGift } from './add-gift.tsx';
import { ManageGifts } from './manage-gifts.tsx';
import { Reserved } from './reserved.tsx';
import { Share } from './share.tsx';

export function Editor({ id, person }: { id: string; person: Person }) {
  const { data, error, reload } = useQuery<ListView>(`/lists/${id}/view`);
  const { query } = usePlace();
  if (!data) {
    if (error?.status === 404) return <NotFound />;
    return error ? <LoadFailure retry={reload} /> : <Skeleton />;
  }
  if (data.role === 'visitor') return <NotFound />;
  const { list, gifts } = data;
  const goTo = (tab: number) => navigate(`/edit/${id}?tab=${tab}`, { replace: true });
  const reserved: Tab = { id: 'Reserved', label: say('tabReserved'), panel: <Reserved view={data} /> };
  const tabs: Tab[] =
    list.state === 'open'
      ? [
          {
            id: 'ManageList',
            label: say('tabManage'),
            panel: <ManageGifts view={data} onAdd={() => goTo(1)} />,
          },
          {
            id: 'AddItems',
            label: say('tabAdd'),
            panel: (
              <AddGift
                key={query.get('link')}
                view={data}
                link={query.get('link') ?? ''}
                onAdded={() => goTo(0)}
              />
            ),
          },
          reserved,
        ]
      : [reserved, { id: 'ViewList', label: say('tabView'), panel: <ViewGifts view={data} /> }];
  const wanted = Number(query.get('tab') ?? '0');
  const chosen = tabs[wanted] ? wanted : tabs.indexOf(reserved);
  return (
    <Page title={list.title}>
      <div className="list-head">
        <Picture source={list.imageUrl} className="occasion" />
        <div className="stack">
          <p className="facts">
            {[showOccasion(list.occasion), showDate(list.eventDate)].filter(Boolean).join(' · ')}
          </p>
          {list.description && <p className="welcome">{list.description}</p>}
          {list.isHidden && <p className="note">{say('hiddenNow')}</p>}
          {list.state === 'open' ? (
            <Share list={list} ownerName={person.name} />
          ) : (
            <p className="notice">{say('closedNotice')}</p>
          )}
          <p className="list-links">
            <Link to={`/lists/${id}`} data-cy="link-view">
              {say('viewAsVisitor')}
            </Link>
            <Link to={`/settings/${id}`} data-cy="link-settings">
              {say('settingsTitle')}
            </Link>
          </p>
        </div>
      </div>
      <Tabs label={say('listParts')} tabs={tabs} chosen={chosen} onChoose={goTo} />
      <p className="unseen" role="status">
        {say('giftCount', { n: gifts.length })}
      </p>
    </Page>
  );
}

function ViewGifts({ view }: { view: ListView }) {
  return (
    <ul className="rows">
      {view.gifts.map((gift) => (
        <li key={gift.productId} className="row">
          <Picture source={gift.product?.imageUrl} className="thumb" />
          <div className="grow">
            <strong>{gift.product?.brand ?? say('unnamedGift')}</strong>
            <p className="details">{gift.product?.details}</p>
          </div>
          <span>× {gift.quantity}</span>
        </li>
      ))}
    </ul>
  );
}
