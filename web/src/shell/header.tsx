import { useEffect, useRef, useState } from 'react';
import { Link, usePlace } from '../router.tsx';
import { type Session, useSession } from '../server/session.ts';
import { say } from '../words/index.ts';
import { brand } from './brand.ts';

type Entry = [hook: string, to: string, label: string];

function entriesFor(session: Session): Entry[] {
  if (session.state === 'signed-in') {
    const entries: Entry[] = [
      ['your-lists', '/', say('yourLists')],
      ['reservations', '/reservations/mine', say('mineTitle')],
      ['ideas', '/list-ideas', say('ideas')],
      ['user-account', '/profile', session.person.name],
      ['logout', '/logout', say('logOut')],
    ];
    const isAdmin = session.person.roles.includes('admin');
    return isAdmin ? [['admin', '/admin/dashboard', say('adminTitle')], ...entries] : entries;
  }
  return [
    ['how', '/how-it-works', say('howItWorks')],
    ['about', '/about', say('about')],
    ['ideas', '/list-ideas', say('ideas')],
    ['reservations', '/reservations/mine', say('mineTitle')],
    ['login', '/login', say('logIn')],
    ['signup', '/signup', say('signUp')],
  ];
}

export function Header() {
  const session = useSession();
  const { path } = usePlace();
  const [isOpen, setOpen] = useState(false);
  const entries = session.state === 'loading' ? [] : entriesFor(session);
  const back = path.startsWith('/settings/') ? path.replace('/settings/', '/edit/') : undefined;
  return (
    <header className="bar" id="header">
      <div className="wide bar-inner">
        {back && (
          <Link
            to={back}
            className="button bare back-arrow"
            aria-label={say('backToEdit')}
            data-cy="header-mobile-bar-back-button"
          >
            ←
          </Link>
        )}
        <Link to="/" className="brand" data-cy="header-link-logo">
          {brand()}
        </Link>
        <nav aria-label={say('mainNavigation')} className="roomy">
          <ul>
            {entries.map(([hook, to, label]) => (
              <li key={hook}>
                <Link to={to} data-cy={`header-link-${hook}`} aria-current={path === to ? 'page' : undefined}>
                  {label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <button
          type="button"
          className="button bare menu-button"
          id="header-mobile-sidebar-button"
          aria-expanded={isOpen}
          aria-haspopup="dialog"
          onClick={() => setOpen(true)}
        >
          ☰ {say('menu')}
        </button>
      </div>
      {isOpen && <Drawer entries={entries} onClose={() => setOpen(false)} />}
    </header>
  );
}

function Drawer({ entries, onClose }: { entries: Entry[]; onClose: () => void }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  return (
    <dialog
      ref={element}
      className="drawer"
      id="header-mobile-sidebar"
      aria-label={say('menu')}
      onClose={onClose}
    >
      <button type="button" className="button bare" onClick={() => element.current?.close()}>
        ✕ {say('close')}
      </button>
      <nav aria-label={say('menu')}>
        <ul>
          {entries.map(([hook, to, label]) => (
            <li key={hook}>
              <Link
                to={to}
                data-cy={`sidebar-link-${hook === 'user-account' ? 'account' : hook}`}
                onClick={onClose}
              >
                {label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
    </dialog>
  );
}
