import { Button } from '../../parts/button.tsx';
import { useAction } from '../../parts/form.ts';
import { Failure, LoadFailure, Page, Skeleton } from '../../parts/page.tsx';
import { Link } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { markStale, useQuery } from '../../server/query.ts';
import type { Person } from '../../server/session.ts';
import { NotFound } from '../../shell/not-found.tsx';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';
import { CreateProduct } from './create-product.tsx';
import { ReplaceGift } from './replace-gift.tsx';
import { UpdateProduct } from './update-product.tsx';

/** Administration: the queue of gifts the catalogue lacks, new products, backups. */
export function Admin({ person, rest }: { person: Person; rest: string }) {
  if (!person.roles.includes('admin')) return <NotFound />;
  const [area, id] = rest.split('/');
  if (area === '' || area === 'dashboard') return <Overview />;
  if (area === 'update-users-gifts') return id ? <ReplaceGift key={id} id={id} /> : <Queue />;
  if (area === 'update-product') return <UpdateProduct id={id && decodeURIComponent(id)} />;
  return area === 'create-product' ? <CreateProduct /> : <NotFound />;
}

function Overview() {
  const waiting = useQuery<{ count: number }>('/tools/notfound/count');
  const { data, error, reload } = useQuery<{ backups: { name: string }[] }>('/tools/backups');
  const { run, isPending, failure } = useAction(explain);
  if (!data || !waiting.data) {
    const retry = () => {
      reload();
      waiting.reload();
    };
    return error || waiting.error ? <LoadFailure retry={retry} /> : <Skeleton />;
  }
  const backUp = () =>
    run(async () => {
      await api('POST', '/tools/backups', {});
      markStale('/tools/backups');
    });
  return (
    <Page title={say('adminTitle')} isNarrow>
      <section className="panel-box" aria-labelledby="queue-title">
        <h2 id="queue-title">{say('adminQueue')}</h2>
        <p>{say('adminWaiting', { n: waiting.data.count })}</p>
        <div className="actions">
          <Link to="/admin/update-users-gifts" className="button">
            {say('adminQueue')}
          </Link>
          <Link to="/admin/create-product" className="button quiet">
            {say('adminCreate')}
          </Link>
          <Link to="/admin/update-product" className="button quiet">
            {say('adminUpdate')}
          </Link>
        </div>
      </section>
      <Counters />
      <section className="panel-box" aria-labelledby="backups-title">
        <h2 id="backups-title">{say('adminBackups')}</h2>
        <Failure text={failure} />
        <ul className="breakable">
          {data.backups.map(({ name }) => (
            <li key={name}>{name}</li>
          ))}
        </ul>
        {data.backups.length === 0 && <p>{say('none')}</p>}
        <div>
          <Button look="quiet" isPending={isPending} onClick={backUp}>
            {say('adminBackUp')}
          </Button>
        </div>
      </section>
    </Page>
  );
}

const COLUMNS = ['lists', 'gifts', 'users', 'reserved', 'purchased'] as const;

interface Counts {
  days: ({ day: string } & Record<(typeof COLUMNS)[number], number>)[];
  letters: { waiting: number; failed: number };
}

/** What happened on each of the last days, and whether letters go out. */
function Counters() {
  const { data } = useQuery<Counts>('/tools/overview');
  return (
    <div className="panel-box">
      <h2 id="counters-title">{say('adminCounters')}</h2>
      {data && <p>{say('adminLetters', data.letters)}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: who cannot use a mouse scrolls it with the keyboard */}
      <section className="scroll" tabIndex={0} aria-labelledby="counters-title">
        <table>
          <thead>
            <tr>
              <th scope="col">{say('adminDay')}</th>
              {COLUMNS.map((column) => (
                <th key={column} scope="col">
                  {say(`admin_${column}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data?.days.map((day) => (
              <tr key={day.day}>
                <th scope="row">{day.day}</th>
                {COLUMNS.map((column) => (
                  <td key={column}>{day[column]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Queue() {
  const { data, error, reload } = useQuery<{
    items: { productId: string; brand: string; details: string }[];
  }>('/tools/notfound');
  if (!data) return error ? <LoadFailure retry={reload} /> : <Skeleton />;
  return (
    <Page title={say('adminQueue')} isNarrow>
      {data.items.length === 0 && <p>{say('none')}</p>}
      <ul className="rows">
        {data.items.map(({ productId, brand, details }) => (
          <li key={productId} className="row">
            <div className="grow">
              <Link to={`/admin/update-users-gifts/${productId}`}>{brand || productId}</Link>
              <p className="details">{details}</p>
            </div>
          </li>
        ))}
      </ul>
    </Page>
  );
}
