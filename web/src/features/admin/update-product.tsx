import { useState } from 'react';
import { Submit } from '../../parts/button.tsx';
import { TextField, TickField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { Done, Failure, LoadFailure, Page, Skeleton } from '../../parts/page.tsx';
import { navigate } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { markStale, useQuery } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';
import { checkFacts, type Facts, ProductFields } from './product-facts.tsx';

interface CatalogueProduct extends Partial<Facts> {
  searchHidden: boolean;
  priceCheckedDate?: string;
}

/** A catalogue product by its id: first the id, then its facts. */
export function UpdateProduct({ id }: { id: string | undefined }) {
  return id ? <Loaded key={id} id={id} /> : <AskForId problem="" />;
}

function AskForId({ problem }: { problem: string }) {
  const [id, setId] = useState('');
  const form = useForm({
    check: () => ({ id: id.trim() === '' ? say('adminNeeded') : '' }),
    send: async () => navigate(`/admin/update-product/${encodeURIComponent(id.trim())}`),
    explain,
  });
  return (
    <Page title={say('adminUpdate')} isNarrow>
      <Failure text={problem} />
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <TextField id="id" label={say('adminProductId')} value={id} onText={setId} error={form.problems.id} />
        <Submit isReady={form.isReady} isPending={form.isPending}>
          {say('adminFind')}
        </Submit>
      </form>
    </Page>
  );
}

function Loaded({ id }: { id: string }) {
  const product = useQuery<CatalogueProduct>(`/tools/products/${encodeURIComponent(id)}`);
  const site = useQuery<{ environment: string }>('/tools/environment');
  if (product.error?.status === 404) return <AskForId problem={say('adminUnknownProduct', { id })} />;
  if (product.data && site.data) {
    return <UpdateForm id={id} product={product.data} environment={site.data.environment} />;
  }
  const retry = () => {
    product.reload();
    site.reload();
  };
  return product.error || site.error ? <LoadFailure retry={retry} /> : <Skeleton />;
}

function UpdateForm(props: { id: string; product: CatalogueProduct; environment: string }) {
  const { id, product, environment } = props;
  const [isHidden, setHidden] = useState(product.searchHidden);
  const [isDone, setDone] = useState(false);
  const [facts, setFacts] = useState<Facts>({
    brand: product.brand ?? '',
    details: product.details ?? '',
    retailer: product.retailer ?? '',
    price: product.price ?? '',
    productUrl: product.productUrl ?? '',
    imageUrl: product.imageUrl ?? '',
  });
  const form = useForm({
    check: () => checkFacts(facts),
    send: async () => {
      setDone(false);
      // An installation writes its own catalogue only, and is told of all three.
      const flags = Object.fromEntries(
        ['test', 'staging', 'prod'].map((name) => [name, name === environment]),
      );
      await api('PUT', `/tools/products/${encodeURIComponent(id)}`, {
        ...facts,
        searchHidden: isHidden,
        ...flags,
      });
      markStale('/tools/products/', '/lists/');
      setDone(true);
    },
    explain,
  });
  return (
    <Page title={say('adminUpdate')} isNarrow>
      <p className="quiet-text breakable">
        {id}
        {product.priceCheckedDate && ` · ${say('adminPriceChecked', { date: product.priceCheckedDate })}`}
      </p>
      <Failure text={form.failure} />
      <Done text={isDone ? say('adminUpdated') : ''} />
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <ProductFields facts={facts} problems={form.problems} onFacts={setFacts} />
        <TickField label={say('adminHidden')} isOn={isHidden} onSwitch={setHidden} />
        <Submit isReady={form.isReady} isPending={form.isPending}>
          {say('save')}
        </Submit>
      </form>
    </Page>
  );
}
