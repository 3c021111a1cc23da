import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { useAction } from '../../parts/form.ts';
import { Done, Failure, LoadFailure, Page, Skeleton } from '../../parts/page.tsx';
import { Link, navigate, usePlace } from '../../router.tsx';
import { ApiError, api } from '../../server/api.ts';
import type { GiftList } from '../../server/lists.ts';
import { markStale, useQuery } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';

/** Where a product shared from another app, or from an article, is put on one of the open lists. */
export function ChooseList() {
  const { query } = usePlace();
  const { data, error, reload } = useQuery<{ owned: GiftList[]; coOwned: GiftList[] }>('/my/lists');
  const [added, setAdded] = useState<string[]>([]);
  const { run, isPending, failure } = useAction(explain);
  const product = query.get('product');
  // Phones put the address into `url`, or somewhere into `text`.
  const shared = [query.get('url'), query.get('text'), query.get('title')].join(' ');
  const link = /https?:\/\/\S+/.exec(shared)?.[0];
  if (!data) return error ? <LoadFailure retry={reload} /> : <Skeleton />;
  const open = [...data.owned, ...data.coOwned].filter(({ state }) => state === 'open');
  const choose = (listId: string) => {
    if (product === null) {
      navigate(`/edit/${listId}?tab=1${link ? `&link=${encodeURIComponent(link)}` : ''}`);
      return;
    }
    void run(async () => {
      await addOnce(listId, product);
      markStale(`/lists/${listId}/`);
      setAdded([...added, listId]);
    });
  };
  return (
    <Page title={say('chooseListTitle')} isNarrow>
      {link && product === null && <p className="quiet-text breakable">{link}</p>}
      <Failure text={failure} />
      <Done text={added.length > 0 ? say('addedToList') : ''} />
      {open.length === 0 ? (
        <>
          <p>{say('noListsText')}</p>
          <div>
            <Link to="/?create=true" className="button">
              {say('createList')}
            </Link>
          </div>
        </>
      ) : (
        <ul className="rows">
          {open.map(({ listId, title }) => (
            <li key={listId} className="row middle">
              <span className="grow">{title}</span>
              {added.includes(listId) ? (
                <span className="count">✓ {say('onList')}</span>
              ) : (
                <Button
                  isPending={isPending}
                  aria-label={`${say('add')}: ${title}`}
                  onClick={() => choose(listId)}
                >
                  {say('add')}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Page>
  );
}

/** A product that is on the list already counts as added. */
async function addOnce(listId: string, productId: string): Promise<void> {
  try {
    await api('POST', `/lists/${listId}/product/${encodeURIComponent(productId)}`, {
      quantity: 1,
      productType: 'products',
    });
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'product_on_list')) throw error;
  }
}
