import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from 'react';

/** Where the server mounted the app: '' on the module's own port, `/lists` below the console's. */
const base = new URL(document.baseURI).pathname.replace(/\/$/, '');
const listeners = new Set<() => void>();
let visits = 0;

export interface Place {
  path: string;
  query: URLSearchParams;
}

/** Address for the browser of a path of this site. */
export function address(path: string): string {
  return base + path;
}

export function here(): string {
  return location.pathname.slice(base.length) + location.search;
}

/** How many times the page changed without a load: the first page does not move the focus. */
export function visitCount(): number {
  return visits;
}

/** Goes to a page of the app; a page rendered by the server is loaded. */
export function navigate(path: string, { replace = false } = {}): void {
  if (isServerPage(path)) {
    location.assign(address(path));
    return;
  }
  history[replace ? 'replaceState' : 'pushState'](null, '', address(path));
  visits += 1;
  for (const listener of listeners) listener();
  if (!replace) scrollTo(0, 0);
}

function isServerPage(path: string): boolean {
  return /^\/(lists|reserve|list-ideas|terms|privacy|cookies|auth)([/?]|$)/.test(path);
}

/** A path on this site and nothing else. */
export function safePath(value: string | null): string {
  return value !== null && /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(value) ? value : '/';
}

function subscribe(listener: () => void): () => void {
  const back = () => {
    visits += 1;
    listener();
  };
  listeners.add(listener);
  addEventListener('popstate', back);
  return () => {
    listeners.delete(listener);
    removeEventListener('popstate', back);
  };
}

export function usePlace(): Place {
  const whole = useSyncExternalStore(subscribe, here);
  const url = new URL(whole, location.origin);
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : '/';
  return { path, query: url.searchParams };
}

type LinkProps = AnchorHTMLAttributes<HTMLAnchorElement> & { to: string; 'data-cy'?: string };

/** A link that changes the page without a load where it can. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !isPlain || rest.target !== undefined || isServerPage(to)) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={address(to)} onClick={follow} {...rest} />;
}
