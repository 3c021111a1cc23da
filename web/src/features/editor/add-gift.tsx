import { type FormEvent, useState } from 'react';
import { Button, Submit } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { useAction } from '../../parts/form.ts';
import { Failure } from '../../parts/page.tsx';
import { api } from '../../server/api.ts';
import type { ListView } from '../../server/lists.ts';
import { explain } from '../../shell/refusals.ts';
import { isWord, say } from '../../words/index.ts';
import { type Found, FoundGift } from './found-gift.tsx';
import { ManualGift } from './manual-gift.tsx';

interface Props {
  view: ListView;
  link: string;
  onAdded: () => void;
}

type Result = { number: number; found: Found } | undefined;

/** A link becomes a gift: of the catalogue, of what the shop's page says, or typed in with the reason why. */
export function AddGift({ view, link, onAdded }: Props) {
  const [text, setText] = useState(link);
  // Each search is a new form: nothing of the one before may be added by mistake.
  const [result, setResult] = useState<Result>();
  const [isManual, setManual] = useState(false);
  const { run, isPending, failure } = useAction(explain);
  const isLink = /https?:\/\//.test(text);
  const search = (event: FormEvent) => {
    event.preventDefault();
    if (!isLink || isPending) return;
    const number = (result?.number ?? 0) + 1;
    setResult(undefined);
    setManual(false);
    void run(async () =>
      setResult({ number, found: await api<Found>('POST', '/products/lookup', { url: text.trim() }) }),
    );
  };
  const found = result?.found;
  const reason = found?.outcome === 'manual' ? `lookup_${found.reason}` : '';
  return (
    <div className="stack">
      <form className="form search" noValidate onSubmit={search}>
        <TextField
          label={say('pasteLink')}
          hint={say('pasteLinkHint')}
          type="url"
          inputMode="url"
          className="MuiInput-input"
          value={text}
          onText={setText}
        />
        <div className="actions">
          <Submit isReady={isLink} isPending={isPending} data-cy="button-search-product">
            {say('search')}
          </Submit>
          {text !== '' && (
            <Button
              look="quiet"
              onClick={() => {
                setText('');
                setResult(undefined);
              }}
            >
              {say('clear')}
            </Button>
          )}
          <Button look="quiet" onClick={() => setManual(true)} data-cy="button-switch-to-custom">
            {say('addByHand')}
          </Button>
        </div>
      </form>
      <Failure text={failure} />
      <div role="status">
        {found && <p className="unseen">{say(found.outcome === 'manual' ? 'nothingFound' : 'foundIt')}</p>}
      </div>
      {found && found.outcome !== 'manual' && !isManual && (
        <FoundGift
          key={result.number}
          view={view}
          found={found}
          onAdded={onAdded}
          onManual={() => setManual(true)}
        />
      )}
      {found?.outcome === 'manual' && (
        <p className="notice">{say(isWord(reason) ? reason : 'lookup_no_details')}</p>
      )}
      {(isManual || found?.outcome === 'manual') && (
        <ManualGift key={`manual-${result?.number}`} view={view} found={found} onAdded={onAdded} />
      )}
    </div>
  );
}
