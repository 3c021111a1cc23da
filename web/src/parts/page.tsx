import { type ReactNode, useEffect, useRef } from 'react';
import { visitCount } from '../router.tsx';
import { brand, titlePrefix } from '../shell/brand.ts';
import { say } from '../words/index.ts';
import { Button } from './button.tsx';

interface Props {
  title: string;
  isNarrow?: boolean;
  children: ReactNode;
}

/** A page with its one h1. After a change of page the focus goes there, so that a screen reader begins to read. */
export function Page({ title, isNarrow = false, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${titlePrefix()}${title === brand() ? '' : `${title} - `}${brand()}`;
  }, [title]);
  useEffect(() => {
    if (visitCount() > 0) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={isNarrow ? 'narrow' : 'page'}>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </div>
  );
}

export function Skeleton() {
  return (
    <div aria-busy="true">
      <p className="unseen" role="status">
        {say('loading')}
      </p>
      <div className="skeleton" />
      <div className="skeleton" />
      <div className="skeleton" />
    </div>
  );
}

export function LoadFailure({ retry }: { retry: () => void }) {
  return (
    <Page title={say('loadFailedTitle')} isNarrow>
      <p role="alert">{say('loadFailed')}</p>
      <div>
        <Button onClick={retry}>{say('tryAgain')}</Button>
      </div>
    </Page>
  );
}

/** Empty at first, so that what comes is announced. */
export function Failure({ text }: { text: string }) {
  return <div role="alert">{text && <p className="alert">{text}</p>}</div>;
}

export function Done({ text }: { text: string }) {
  return <div role="status">{text && <p className="done">{text}</p>}</div>;
}
