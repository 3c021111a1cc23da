import { useState } from 'react';
import { Submit } from '../../parts/button.tsx';
import { AreaField, Stepper, TextField, TickField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { Failure } from '../../parts/page.tsx';
import { PictureField } from '../../parts/picture-field.tsx';
import { api } from '../../server/api.ts';
import type { ListView } from '../../server/lists.ts';
import { markStale } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { say } from '../../words/index.ts';
import type { Found } from './found-gift.tsx';

interface Props {
  view: ListView;
  found: Found | undefined;
  onAdded: () => void;
}

/** A gift in the owner's own words; what a look-up knew is filled in. */
export function ManualGift({ view, found, onAdded }: Props) {
  const known = found && found.outcome !== 'catalogue' ? found : undefined;
  const [details, setDetails] = useState(known?.facts.title ?? '');
  const [brand, setBrand] = useState(known?.facts.site_name ?? known?.shop ?? '');
  const [price, setPrice] = useState(known?.facts.price ?? '');
  const [notes, setNotes] = useState('');
  const [quantity, setQuantity] = useState(1);
  const [mostWanted, setMostWanted] = useState(false);
  const { listId, currency } = view.list;
  const [image, setImage] = useState(known?.facts.image ?? '');
  const form = useForm({
    check: () => ({
      details: details.trim() === '' ? say('detailsNeeded') : '',
      brand: brand.trim() === '' ? say('brandNeeded') : '',
    }),
    send: async () => {
      const amount = price.trim().replace(',', '.');
      await api('POST', `/lists/${listId}/products`, {
        brand: brand.trim(),
        details: details.trim(),
        quantity,
        notes: notes.trim(),
        mostWanted,
        ...(known ? { url: known.url } : {}),
        ...(image ? { imageUrl: image } : {}),
        ...(amount ? { price: amount, currency: known?.facts.currency ?? currency } : {}),
      });
      markStale(`/lists/${listId}/`);
      onAdded();
    },
    explain,
  });
  return (
    <form className="form card-form" noValidate onSubmit={form.onSubmit}>
      <h2>{say('addByHand')}</h2>
      <Failure text={form.failure} />
      <TextField
        id="details"
        label={say('whatIsIt')}
        maxLength={1_000}
        value={details}
        onText={setDetails}
        error={form.problems.details}
      />
      <TextField
        id="brand"
        label={say('whereFrom')}
        maxLength={200}
        value={brand}
        onText={setBrand}
        error={form.problems.brand}
      />
      <TextField
        label={say('priceIn', { currency: known?.facts.currency ?? currency })}
        inputMode="decimal"
        isOptional
        maxLength={20}
        value={price}
        onText={setPrice}
      />
      <PictureField
        label={say('giftPicture')}
        value={image}
        onPicture={setImage}
        onRemove={() => setImage('')}
        className="thumb"
      />
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
      <Submit isReady={form.isReady} isPending={form.isPending} data-cy="button-add-notfound-gift">
        {say('addToThisList')}
      </Submit>
    </form>
  );
}
