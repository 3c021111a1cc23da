import { useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { useAction } from '../../parts/form.ts';
import { Failure } from '../../parts/page.tsx';
import { Picture } from '../../parts/picture.tsx';
import { api } from '../../server/api.ts';
import type { Gift, ListView } from '../../server/lists.ts';
import { markStale } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { showMoney } from '../../words/format.ts';
import { say } from '../../words/index.ts';
import { EditGift } from './edit-gift.tsx';

/** The gifts in the owner's order: moved by drag, or by the buttons, which keep the focus and say where it went. */
export function ManageGifts({ view, onAdd }: { view: ListView; onAdd: () => void }) {
  const [editing, setEditing] = useState<string>();
  const [dragged, setDragged] = useState<string>();
  const [moved, setMoved] = useState('');
  // Shown at once, while the server is told.
  const [order, setOrder] = useState<string[]>();
  const { run, failure } = useAction(explain);
  const gifts = inOrder(view.gifts, order);
  const edited = gifts.find(({ productId }) => productId === editing);
  const move = (productId: string, to: number) => {
    const ids = gifts.map((gift) => gift.productId);
    const from = ids.indexOf(productId);
    if (from === to || to < 0 || to >= ids.length) return;
    ids.splice(to, 0, ...ids.splice(from, 1));
    setOrder(ids);
    setMoved(say('movedTo', { position: to + 1, count: ids.length }));
    void run(async () => {
      try {
        await api('PATCH', `/lists/${view.list.listId}/order`, { productIds: ids });
        markStale(`/lists/${view.list.listId}/`);
      } catch (error) {
        setOrder(undefined);
        throw error;
      }
    });
  };
  return (
    <>
      <Failure text={failure} />
      <p className="unseen" role="status">
        {moved}
      </p>
      {gifts.length === 0 && (
        <div className="empty">
          <h2>{say('noGiftsTitle')}</h2>
          <p>{say('noGiftsText')}</p>
        </div>
      )}
      <ul className="rows" data-cy="table-edit-products">
        {gifts.map((gift, index) => (
          <li
            key={gift.productId}
            id={gift.productId}
            className={dragged === gift.productId ? 'row dragged' : 'row'}
            draggable
            onDragStart={() => setDragged(gift.productId)}
            onDragOver={(event) => event.preventDefault()}
            onDragEnd={() => setDragged(undefined)}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged) move(dragged, index);
            }}
          >
            <GiftRow
              gift={gift}
              currency={view.list.currency}
              isHidden={view.list.isHidden}
              onEdit={() => setEditing(gift.productId)}
            />
            <div className="movers">
              <button
                type="button"
                aria-label={say('moveUp', { gift: nameOf(gift) })}
                aria-disabled={index === 0}
                onClick={() => move(gift.productId, index - 1)}
              >
                ↑
              </button>
              <button
                type="button"
                aria-label={say('moveDown', { gift: nameOf(gift) })}
                aria-disabled={index === gifts.length - 1}
                onClick={() => move(gift.productId, index + 1)}
              >
                ↓
              </button>
            </div>
          </li>
        ))}
      </ul>
      <div className="actions">
        <Button onClick={onAdd} data-cy="button-add-item">
          {say('addGift')}
        </Button>
      </div>
      {edited && <EditGift view={view} gift={edited} onClose={() => setEditing(undefined)} />}
    </>
  );
}

interface RowProps {
  gift: Gift;
  currency: string;
  isHidden: boolean;
  onEdit: () => void;
}

function GiftRow({ gift, currency, isHidden, onEdit }: RowProps) {
  const { product } = gift;
  return (
    <>
      {/* For a finger or a mouse; the name beside it is the same button for everybody. */}
      <button
        type="button"
        className="picture-button"
        tabIndex={-1}
        aria-hidden="true"
        onClick={onEdit}
        data-cy="link-image"
      >
        <Picture source={product?.imageUrl} className="thumb" />
      </button>
      <div className="grow">
        <button type="button" className="row-name" onClick={onEdit} data-cy="link-edit">
          {nameOf(gift)} <span className="unseen">({say('edit')})</span>
        </button>
        <p className="details">{product?.details}</p>
        <p className="facts-line">
          {product?.price && (
            <span className="price">{showMoney(product.price, product.currency ?? currency)}</span>
          )}
          <span>{say('wantedCount', { n: gift.quantity })}</span>
          {!isHidden && <span>{say('takenCount', { n: gift.reserved + gift.purchased })}</span>}
          {gift.mostWanted && <span className="badge">{say('mostWanted')}</span>}
          {gift.group && <span className="badge plain">{say('groupGift')}</span>}
        </p>
        {gift.notes && <p className="quiet-text breakable">“{gift.notes}”</p>}
      </div>
    </>
  );
}

function nameOf(gift: Gift): string {
  return gift.product?.brand || say('unnamedGift');
}

/** The server's gifts in the order just chosen; what it does not name comes last. */
function inOrder(gifts: Gift[], order: string[] | undefined): Gift[] {
  if (!order) return gifts;
  const place = (gift: Gift) => {
    const index = order.indexOf(gift.productId);
    return index < 0 ? order.length : index;
  };
  return gifts.toSorted((a, b) => place(a) - place(b));
}
