import { useState } from 'react';
import { Button, Submit } from '../../parts/button.tsx';
import { useAction, useForm } from '../../parts/form.ts';
import { Done, Failure, Page } from '../../parts/page.tsx';
import { api } from '../../server/api.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';
import { checkFacts, type Facts, ProductFields, retailerOf } from './product-facts.tsx';

const EMPTY: Facts = { brand: '', details: '', retailer: '', price: '', productUrl: '', imageUrl: '' };

export function CreateProduct() {
  const [facts, setFacts] = useState(EMPTY);
  const [done, setDone] = useState('');
  const search = useAction(explain);
  const form = useForm({
    check: () => checkFacts(facts),
    send: async () => {
      const { productId } = await api<{ productId: string }>('POST', '/products', facts);
      setFacts(EMPTY);
      setDone(say('adminCreated', { id: productId }));
    },
    explain,
  });
  const fill = () =>
    search.run(async () => {
      const path = `/tools/query/metadata/${encodeURIComponent(facts.productUrl)}`;
      const found = await api<{ title?: string; site_name?: string; image?: string; price?: string }>(
        'GET',
        path,
      );
      setFacts({
        ...facts,
        brand: found.site_name ?? facts.brand,
        details: found.title ?? facts.details,
        price: found.price ?? facts.price,
        imageUrl: found.image ?? facts.imageUrl,
        retailer: retailerOf(facts.productUrl),
      });
    });
  return (
    <Page title={say('adminCreate')} isNarrow>
      <Failure text={form.failure || search.failure} />
      <Done text={done} />
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <ProductFields facts={facts} problems={form.problems} onFacts={setFacts} />
        <div className="actions">
          <Button
            look="quiet"
            isPending={search.isPending}
            disabled={!URL.canParse(facts.productUrl)}
            onClick={fill}
          >
            {say('adminFill')}
          </Button>
          <Submit isReady={form.isReady} isPending={form.isPending}>
            {say('adminCreate')}
          </Submit>
        </div>
      </form>
    </Page>
  );
}
