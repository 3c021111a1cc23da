import { useState } from 'react';
import { Submit } from '../../parts/button.tsx';
import { TickField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { Failure, LoadFailure, Page, Skeleton } from '../../parts/page.tsx';
import { address } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { markStale, useQuery } from '../../server/query.ts';
import { NotFound } from '../../shell/not-found.tsx';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';
import { checkFacts, type Facts, ProductFields, retailerOf } from './product-facts.tsx';

interface Item {
  brand: string;
  details: string;
  productUrl: string;
  imageUrl?: string;
  price?: string;
  creatorsName: string;
  listId: string | null;
  listTitle: string;
}

interface Replaced {
  'products-product-created_succeeded': { productId: { S: string } };
}

export function ReplaceGift({ id }: { id: string }) {
  const { data, error, reload } = useQuery<Item>(`/tools/notfound/${id}`);
  const [newId, setNewId] = useState('');
  if (newId) {
    return (
      <Page title={say('adminReplaced')} isNarrow>
        <p role="status" className="done breakable">
          {newId}
        </p>
      </Page>
    );
  }
  if (!data) {
    if (error?.status === 404) return <NotFound />;
    return error ? <LoadFailure retry={reload} /> : <Skeleton />;
  }
  return <ReplaceForm id={id} item={data} onReplaced={setNewId} />;
}

function ReplaceForm(props: { id: string; item: Item; onReplaced: (newId: string) => void }) {
  const { id, item, onReplaced } = props;
  const [isHidden, setHidden] = useState(false);
  const [facts, setFacts] = useState<Facts>({
    brand: item.brand,
    details: item.details,
    retailer: retailerOf(item.productUrl),
    price: item.price ?? '',
    productUrl: item.productUrl,
    imageUrl: item.imageUrl ?? '',
  });
  const form = useForm({
    check: () => checkFacts(facts),
    send: async () => {
      const done = await api<Replaced>('POST', `/tools/notfound/${id}`, { ...facts, searchHidden: isHidden });
      markStale('/tools/notfound', '/lists/');
      onReplaced(done['products-product-created_succeeded'].productId.S);
    },
    explain,
  });
  return (
    <Page title={say('adminReplace')} isNarrow>
      <p>
        {item.creatorsName} ·{' '}
        {item.listId ? <a href={address(`/lists/${item.listId}`)}>{item.listTitle}</a> : item.listTitle}
      </p>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <Failure text={form.failure} />
        <ProductFields facts={facts} problems={form.problems} onFacts={setFacts} />
        <TickField label={say('adminHidden')} isOn={isHidden} onSwitch={setHidden} />
        <Submit isReady={form.isReady} isPending={form.isPending}>
          {say('save')}
        </Submit>
      </form>
    </Page>
  );
}
