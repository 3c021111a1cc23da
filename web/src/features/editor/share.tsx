import { lazy, Suspense, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { address } from '../../router.tsx';
import type { GiftList } from '../../server/lists.ts';
import { say } from '../../words/index.ts';

// Fetched when somebody wants one.
const QrCode = lazy(async () => ({ default: (await import('./qr-code.tsx')).QrCode }));
const CONFIRM_MS = 3_000;

/** The list's link by whatever the device offers: its share sheet, mail, WhatsApp, the clipboard, a QR code. */
export function Share({ list, ownerName }: { list: GiftList; ownerName: string }) {
  const [copied, setCopied] = useState<'yes' | 'no' | undefined>();
  const [isCodeShown, setCodeShown] = useState(false);
  const url = `${location.origin}${address(`/lists/${list.listId}`)}`;
  const text = say('shareText', { title: list.title });
  const subject = encodeURIComponent(say('shareSubject', { name: ownerName }));
  const body = encodeURIComponent(`${text}\r\n\r\n${url}`);
  const copy = async () => {
    const hasWorked = await navigator.clipboard?.writeText(url).then(
      () => true,
      () => false,
    );
    setCopied(hasWorked ? 'yes' : 'no');
    if (hasWorked) setTimeout(() => setCopied(undefined), CONFIRM_MS);
  };
  const shareSheet = () => {
    // Closing the sheet rejects: there is nothing to do then.
    navigator.share({ title: list.title, text, url }).catch(() => undefined);
  };
  return (
    <section aria-label={say('shareTitle')} className="stack">
      <div className="actions">
        {'share' in navigator && (
          <Button onClick={shareSheet} data-cy="button-share">
            {say('share')}
          </Button>
        )}
        <Button
          {...('share' in navigator ? { look: 'quiet' } : {})}
          onClick={() => void copy()}
          data-cy="button-copy"
        >
          {copied === 'yes' ? say('copied') : say('copyLink')}
        </Button>
        <a className="button quiet" href={`mailto:?subject=${subject}&body=${body}`} data-cy="link-mailto">
          {say('byEmail')}
        </a>
        <a
          className="button quiet"
          href={`https://wa.me/?text=${encodeURIComponent(`${text} ${url}`)}`}
          target="_blank"
          rel="noopener"
          data-cy="link-whatsapp"
        >
          WhatsApp <span className="unseen">{say('newTab')}</span>
        </a>
        <Button look="quiet" onClick={() => setCodeShown(true)} data-cy="button-qr">
          {say('qrCode')}
        </Button>
      </div>
      <p className="unseen" role="status">
        {copied === 'yes' && say('copied')}
      </p>
      {copied === 'no' && (
        <p className="breakable" role="alert">
          {say('copyByHand')} <br />
          {url}
        </p>
      )}
      {isCodeShown && (
        <Dialog title={say('qrTitle')} onClose={() => setCodeShown(false)}>
          <Suspense fallback={<div className="qr" />}>
            <QrCode text={url} />
          </Suspense>
          <p className="breakable">{url}</p>
        </Dialog>
      )}
    </section>
  );
}
