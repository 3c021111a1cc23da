import { Button } from '../../parts/button.tsx';
import { useAction } from '../../parts/form.ts';
import { Failure, LoadFailure, Page, Skeleton } from '../../parts/page.tsx';
import { Picture } from '../../parts/picture.tsx';
import { address } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { markStale, useQuery } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { showDate } from '../../words/format.ts';
import { say } from '../../words/index.ts';

interface Mine {
  reservationId: string;
  state: 'reserved' | 'cancelled' | 'purchased';
  quantity: number;
  brand: string | null;
  details: string | null;
  imageUrl: string | null;
}

interface Group {
  listId: string;
  title: string;
  eventDate: string | null;
  state: string;
  reservations: Mine[];
}

const STATES = {
  reserved: 'stateReserved',
  cancelled: 'stateCancelled',
  purchased: 'statePurchased',
} as const;

/** What this person reserved: by account, and by what this browser remembers for guests. */
export function Mine() {
  const { data, error, reload } = useQuery<{ lists: Group[] }>('/reservations/mine');
  const { run, failure } = useAction(explain);
  if (!data) return error ? <LoadFailure retry={reload} /> : <Skeleton />;
  const undo = (id: string) =>
    run(async () => {
      await api('POST', `/reservations/${id}/undo`, {});
      markStale('/reservations/mine');
    });
  return (
    <Page title={say('mineTitle')}>
      <Failure text={failure} />
      {data.lists.length === 0 && (
        <div className="empty">
          <h2>{say('mineEmptyTitle')}</h2>
          <p>{say('mineEmptyText')}</p>
        </div>
      )}
      {data.lists.map((group) => (
        <section key={group.listId} aria-labelledby={`list-${group.listId}`} className="stack">
          <h2 id={`list-${group.listId}`}>
            <a href={address(`/lists/${group.listId}`)}>{group.title}</a>
          </h2>
          <p className="facts">
            {[showDate(group.eventDate ?? undefined), group.state === 'closed' ? say('closedWord') : '']
              .filter(Boolean)
              .join(' · ')}
          </p>
          <ul className="rows">
            {group.reservations.map((one) => (
              <li key={one.reservationId} className="row">
                <Picture source={one.imageUrl} className="thumb" />
                <div className="grow">
                  <a href={address(`/reserve/${one.reservationId}`)}>{one.brand ?? say('unnamedGift')}</a>
                  <p className="details">{one.details}</p>
                  <p className="facts-line">
                    <span>× {one.quantity}</span>
                    <span className="badge plain">{say(STATES[one.state])}</span>
                  </p>
                </div>
                {one.state === 'cancelled' && (
                  <Button
                    look="quiet"
                    aria-label={`${say('undo')}: ${one.brand ?? ''}`}
                    onClick={() => undo(one.reservationId)}
                  >
                    {say('undo')}
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Page>
  );
}
