import { useState } from 'react';
import { Button, Submit } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { AreaField, Stepper, TextField, TickField } from '../../parts/field.tsx';
import { useAction, useForm } from '../../parts/form.ts';
import { Failure } from '../../parts/page.tsx';
import { Picture } from '../../parts/picture.tsx';
import { api } from '../../server/api.ts';
import type { Gift, ListView } from '../../server/lists.ts';
import { markStale } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { coinsIn, showMoney } from '../../words/format.ts';
import { say } from '../../words/index.ts';

interface Props {
  view: ListView;
  gift: Gift;
  onClose: () => void;
}

export function EditGift({ view, gift, onClose }: Props) {
  const { listId, currency, isHidden } = view.list;
  const coins = coinsIn(currency);
  const [quantity, setQuantity] = useState(gift.quantity);
  const [notes, setNotes] = useState(gift.notes ?? '');
  const [mostWanted, setMostWanted] = useState(gift.mostWanted);
  const [isGroup, setGroup] = useState(gift.group !== null);
  const [target, setTarget] = useState(
    String(gift.group ? gift.group.target / coins : (gift.product?.price ?? '')),
  );
  const [isAsking, setAsking] = useState(false);
  const taken = gift.reserved + gift.purchased;
  const amount = Math.round(Number(target.replace(',', '.')) * coins);
  const path = `/lists/${listId}/product/${encodeURIComponent(gift.productId)}`;
  const isAmount = Number.isSafeInteger(amount) && amount > 0;
  const form = useForm({
    check: () => ({ target: isGroup && !isHidden && !isAmount ? say('amountNeeded') : '' }),
    send: async () => {
      const groupTarget = isHidden ? (gift.group?.target ?? null) : isGroup ? amount : null;
      // Sent when it changes only: once something is promised, the server no longer lets go of it.
      const hasNewTarget = groupTarget !== (gift.group?.target ?? null);
      await api('PATCH', path, {
        quantity,
        notes: notes.trim(),
        mostWanted,
        ...(hasNewTarget ? { groupTarget } : {}),
      });
      markStale(`/lists/${listId}/`);
      onClose();
    },
    explain,
  });
  const removal = useAction(explain);
  const remove = () =>
    removal.run(async () => {
      await api('DELETE', path);
      markStale(`/lists/${listId}/`);
      onClose();
    });
  return (
    <Dialog
      title={gift.product?.brand || say('unnamedGift')}
      onClose={onClose}
      data-cy={`popout-edit-${gift.productId}`}
    >
      <div className="summary">
        <Picture source={gift.product?.imageUrl} className="thumb" />
        <div>
          <p className="details">{gift.product?.details}</p>
          {gift.product?.productUrl && (
            <a href={gift.product.productUrl} target="_blank" rel="noopener" data-cy="link-product-brand">
              {say('seeShop')} <span className="unseen">{say('newTab')}</span>
            </a>
          )}
          {!isHidden && taken > 0 && (
            <p>
              {say('takenCount', { n: taken })} · {say('awaitingCount', { n: gift.reserved })}
            </p>
          )}
          {gift.group && !isHidden && (
            <p>
              {say('pledged', {
                pledged: showMoney(gift.group.pledged / coins, currency),
                target: showMoney(gift.group.target / coins, currency),
              })}
            </p>
          )}
        </div>
      </div>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <Failure text={form.failure || removal.failure} />
        <AreaField
          id={`notes-${gift.productId}`}
          label={say('notes')}
          hint={say('notesHint')}
          isOptional
          value={notes}
          onText={setNotes}
        />
        <Stepper
          label={say('quantityWanted')}
          value={quantity}
          least={Math.max(1, taken)}
          onValue={setQuantity}
        />
        <TickField label={say('mostWanted')} isOn={mostWanted} onSwitch={setMostWanted} />
        {/* Whether this could still change would tell an owner who must not know. */}
        {!isHidden && (
          <TickField label={say('groupGift')} hint={say('groupHint')} isOn={isGroup} onSwitch={setGroup} />
        )}
        {isGroup && !isHidden && (
          <TextField
            label={say('groupTarget', { currency })}
            inputMode="decimal"
            value={target}
            onText={setTarget}
            error={form.problems.target}
          />
        )}
        <Submit isReady={form.isReady} isPending={form.isPending} data-cy="popout-button-update">
          {say('save')}
        </Submit>
      </form>
      {taken > 0 || (gift.group?.pledged ?? 0) > 0 ? (
        <p className="hint">{say('takenNoDelete')}</p>
      ) : isAsking ? (
        <div className="stack">
          <p role="alert">{say('deleteGiftAsk')}</p>
          <div className="actions">
            <Button
              look="danger"
              isPending={removal.isPending}
              onClick={remove}
              data-cy="popout-button-delete"
            >
              {say('deleteYes')}
            </Button>
            <Button look="quiet" onClick={() => setAsking(false)}>
              {say('keep')}
            </Button>
          </div>
        </div>
      ) : (
        <Button look="quiet" onClick={() => setAsking(true)} data-cy="button-delete-gift">
          {say('deleteGift')}
        </Button>
      )}
    </Dialog>
  );
}
