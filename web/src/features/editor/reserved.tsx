import { useState } from 'react';
import { Button, Submit } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { AreaField } from '../../parts/field.tsx';
import { useForm } from '../../parts/form.ts';
import { Done, Failure } from '../../parts/page.tsx';
import { Picture } from '../../parts/picture.tsx';
import { api } from '../../server/api.ts';
import type { Claim, ListView } from '../../server/lists.ts';
import { useQuery } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';
import { coinsIn, showMoney } from '../../words/format.ts';
import { say } from '../../words/index.ts';

/** Who gives what, once the owner may know; a thank-you note for what was bought. */
export function Reserved({ view }: { view: ListView }) {
  const [thanking, setThanking] = useState<Claim>();
  const [thanked, setThanked] = useState('');
  if (view.list.isHidden) return <p className="notice">{say('hiddenReserved')}</p>;
  const hasGroupGift = view.gifts.some(({ group }) => group !== null);
  const rows = view.gifts.flatMap((gift) =>
    gift.givers.filter(({ state }) => state !== 'cancelled').map((claim) => ({ gift, claim })),
  );
  return (
    <>
      <Done text={thanked} />
      {hasGroupGift && <Pledges view={view} />}
      {rows.length === 0 && !hasGroupGift && (
        <div className="empty">
          <h2>{say('noneReservedTitle')}</h2>
          <p>{say('noneReservedText')}</p>
        </div>
      )}
      <ul className="rows">
        {rows.map(({ gift, claim }) => (
          <li key={claim.reservationId} className="row">
            <Picture source={gift.product?.imageUrl} className="thumb" />
            <div className="grow">
              <strong>{gift.product?.brand ?? say('unnamedGift')}</strong>
              <p className="details">{gift.product?.details}</p>
              <p className="facts-line">
                <span>{say('givenBy', { name: claim.name })}</span>
                <span>× {claim.quantity}</span>
                <span className="badge plain">
                  {say(claim.state === 'purchased' ? 'statePurchased' : 'stateReserved')}
                </span>
              </p>
            </div>
            {claim.state === 'purchased' && (
              <Button
                look="quiet"
                aria-label={say('thankWhom', { name: claim.name })}
                onClick={() => setThanking(claim)}
              >
                {say('thank')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {thanking && (
        <Thank
          listId={view.list.listId}
          claim={thanking}
          onClose={() => setThanking(undefined)}
          onSent={() => {
            setThanked(say('thankSent', { name: thanking.name }));
            setThanking(undefined);
          }}
        />
      )}
    </>
  );
}

interface Pledge {
  pledgeId: string;
  productId: string;
  name: string;
  amount: number;
}

/** Who promised which part of the gifts that many give together. */
function Pledges({ view }: { view: ListView }) {
  const { listId, currency } = view.list;
  const { data } = useQuery<{ pledges: Pledge[] }>(`/lists/${listId}/pledges`);
  const coins = coinsIn(currency);
  const groups = view.gifts.filter(({ group }) => group !== null);
  return (
    <ul className="rows">
      {groups.map((gift) => (
        <li key={gift.productId} className="row">
          <Picture source={gift.product?.imageUrl} className="thumb" />
          <div className="grow">
            <strong>{gift.product?.brand ?? say('unnamedGift')}</strong>
            <p className="details">{gift.product?.details}</p>
            <p>
              {say('pledged', {
                pledged: showMoney((gift.group?.pledged ?? 0) / coins, currency),
                target: showMoney((gift.group?.target ?? 0) / coins, currency),
              })}
            </p>
            <ul>
              {data?.pledges
                .filter(({ productId }) => productId === gift.productId)
                .map(({ pledgeId, name, amount }) => (
                  <li key={pledgeId}>
                    {say('givenBy', { name })}: {showMoney(amount / coins, currency)}
                  </li>
                ))}
            </ul>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Thank(props: { listId: string; claim: Claim; onClose: () => void; onSent: () => void }) {
  const { listId, claim, onClose, onSent } = props;
  const [message, setMessage] = useState('');
  const form = useForm({
    check: () => ({ message: message.trim() === '' ? say('messageNeeded') : '' }),
    send: async () => {
      await api('POST', `/lists/${listId}/reservations/${claim.reservationId}/thanks`, {
        message: message.trim(),
      });
      onSent();
    },
    explain,
  });
  return (
    <Dialog title={say('thankWhom', { name: claim.name })} onClose={onClose}>
      <form className="form" noValidate onSubmit={form.onSubmit}>
        <Failure text={form.failure} />
        <AreaField
          label={say('message')}
          hint={say('thankHint')}
          rows={5}
          maxLength={2_000}
          value={message}
          onText={setMessage}
          error={form.problems.message}
        />
        <Submit isReady={form.isReady} isPending={form.isPending}>
          {say('send')}
        </Submit>
      </form>
    </Dialog>
  );
}
