import { useState } from 'react';
import { Button, Submit } from '../../parts/button.tsx';
import { AreaField, Stepper, TickField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { Failure } from '../../parts/page.tsx';
import { Picture } from '../../parts/picture.tsx';
import { api } from '../../server/api.ts';
import type { ListView } from '../../server/lists.ts';
import { markStale } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { showMoney } from '../../words/format.ts';
import { say } from '../../words/index.ts';

interface Facts {
  title?: string;
  site_name?: string;
  image?: string;
  price?: string;
  currency?: string;
}

interface Product {
  productId: string;
  brand: string;
  details: string;
  imageUrl: string;
  productUrl: string;
  price?: string;
}

export type Found =
  | { outcome: 'catalogue'; product: Product }
  | { outcome: 'page'; url: string; facts: Facts; shop: string }
  | { outcome: 'manual'; reason: string; url: string; facts: Facts; shop: string };

interface Props {
  view: ListView;
  found: Exclude<Found, { outcome: 'manual' }>;
  onAdded: () => void;
  onManual: () => void;
}

/** A gift the catalogue or the shop's page knows, ready to be added. */
export function FoundGift({ view, found, onAdded, onManual }: Props) {
  const { listId, currency } = view.list;
  const [notes, setNotes] = useState('');
  const [quantity, setQuantity] = useState(1);
  const [mostWanted, setMostWanted] = useState(false);
  const shown = factsOf(found);
  const form = useForm({
    check: () => ({}),
    send: async () => {
      const wanted = { quantity, notes: notes.trim(), mostWanted };
      if (found.outcome === 'catalogue') {
        const path = `/lists/${listId}/product/${encodeURIComponent(found.product.productId)}`;
        await api('POST', path, { quantity, notes: notes.trim(), productType: 'products' });
        if (mostWanted) await api('PATCH', path, { mostWanted });
      } else await api('POST', `/lists/${listId}/products`, { ...wanted, ...shown });
      markStale(`/lists/${listId}/`);
      onAdded();
    },
    explain,
  });
  return (
    <form className="form card-form" noValidate onSubmit={form.onSubmit}>
      <div className="summary">
        <Picture source={shown.imageUrl} className="thumb" />
        <div>
          <h2>{shown.brand}</h2>
          <p className="details">{shown.details}</p>
          {shown.price && <p className="price">{showMoney(shown.price, shown.currency ?? currency)}</p>}
          <a href={shown.url} target="_blank" rel="noopener">
            {say('seeShop')} <span className="unseen">{say('newTab')}</span>
          </a>
        </div>
      </div>
      <Failure text={form.failure} />
      <AreaField
        id="notes"
        label={say('notes')}
        hint={say('notesHint')}
        isOptional
        value={notes}
        onText={setNotes}
      />
      <Stepper label={say('quantityWanted')} value={quantity} least={1} onValue={setQuantity} />
      <TickField label={say('mostWanted')} isOn={mostWanted} onSwitch={setMostWanted} />
      <div className="actions">
        <Submit isReady isPending={form.isPending} data-cy="button-add-found-gift">
          {say('addToThisList')}
        </Submit>
        <Button look="quiet" onClick={onManual}>
          {say('addByHand')}
        </Button>
      </div>
    </form>
  );
}

function factsOf(found: Props['found']) {
  if (found.outcome === 'catalogue') {
    const { brand, details, imageUrl, productUrl, price } = found.product;
    return { brand, details, imageUrl, url: productUrl, ...(price ? { price } : {}) };
  }
  const { facts, url, shop } = found;
  return {
    brand: facts.site_name ?? shop,
    details: facts.title ?? '',
    url,
    ...(facts.image ? { imageUrl: facts.image } : {}),
    ...(facts.price ? { price: facts.price } : {}),
    ...(facts.currency ? { currency: facts.currency } : {}),
  };
}
