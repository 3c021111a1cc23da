import { type ComponentType, lazy, Suspense, useEffect } from 'react';
import { LoadFailure, Skeleton } from './parts/page.tsx';
import { here, navigate, safePath, usePlace } from './router.tsx';
import { type Person, type Session, useSession } from './server/session.ts';
import { Consent } from './shell/consent.tsx';
import { ErrorBoundary } from './shell/error-boundary.tsx';
import { Footer } from './shell/footer.tsx';
import { Header } from './shell/header.tsx';
import { NotFound } from './shell/not-found.tsx';
import { say } from './words/index.ts';

// Each screen is a file of its own: a phone fetches what it shows.
function screen<Props>(load: () => Promise<ComponentType<Props>>) {
  return lazy(async () => ({ default: await load() }));
}

const Landing = screen(async () => (await import('./features/site/landing.tsx')).Landing);
const About = screen(async () => (await import('./features/site/about.tsx')).About);
const HowItWorks = screen(async () => (await import('./features/site/how-it-works.tsx')).HowItWorks);
const Faq = screen(async () => (await import('./features/site/faq.tsx')).Faq);
const Contact = screen(async () => (await import('./features/site/contact.tsx')).Contact);
const LogIn = screen(async () => (await import('./features/account/log-in.tsx')).LogIn);
const SignUp = screen(async () => (await import('./features/account/sign-up.tsx')).SignUp);
const Reset = screen(async () => (await import('./features/account/reset.tsx')).Reset);
const Welcome = screen(async () => (await import('./features/account/welcome.tsx')).Welcome);
const LogOut = screen(async () => (await import('./features/account/log-out.tsx')).LogOut);
const Dashboard = screen(async () => (await import('./features/dashboard/dashboard.tsx')).Dashboard);
const ChooseList = screen(async () => (await import('./features/dashboard/choose-list.tsx')).ChooseList);
const Editor = screen(async () => (await import('./features/editor/editor.tsx')).Editor);
const Settings = screen(async () => (await import('./features/settings/settings.tsx')).Settings);
const Mine = screen(async () => (await import('./features/reservations/mine.tsx')).Mine);
const Profile = screen(async () => (await import('./features/profile/profile.tsx')).Profile);
const Admin = screen(async () => (await import('./features/admin/admin.tsx')).Admin);

export function App() {
  const { path } = usePlace();
  return (
    <>
      <a
        className="skip"
        href={`${location.pathname}#main`}
        onClick={(event) => {
          event.preventDefault();
          document.getElementById('main')?.focus();
        }}
      >
        {say('skip')}
      </a>
      <Header />
      <main id="main" tabIndex={-1} className="wide">
        <ErrorBoundary key={path}>
          <Suspense fallback={<Skeleton />}>
            <Screen />
          </Suspense>
        </ErrorBoundary>
      </main>
      <Footer />
      <Consent />
    </>
  );
}

const PUBLIC: Record<string, ComponentType> = {
  '/about': About,
  '/how-it-works': HowItWorks,
  '/faq': Faq,
  '/contact': Contact,
  '/signup-complete': Welcome,
  '/logout': LogOut,
  '/reservations/mine': Mine,
};
const ANONYMOUS: Record<string, ComponentType> = { '/login': LogIn, '/signup': SignUp, '/reset': Reset };

function Screen() {
  const { path, query } = usePlace();
  const session = useSession();
  const PublicPage = PUBLIC[path];
  if (PublicPage) return <PublicPage />;
  if (session.state === 'loading') return <Skeleton />;
  if (session.state === 'failed') return <LoadFailure retry={session.retry} />;
  const AnonymousPage = ANONYMOUS[path];
  if (AnonymousPage) {
    return session.state === 'signed-in' ? (
      <Redirect to={safePath(query.get('redirect'))} />
    ) : (
      <AnonymousPage />
    );
  }
  if (path === '/')
    return session.state === 'signed-in' ? <Dashboard person={session.person} /> : <Landing />;
  return <Private session={session} path={path} />;
}

function Private({ session, path }: { session: Session; path: string }) {
  if (session.state !== 'signed-in') return <Redirect to={`/login?redirect=${encodeURIComponent(here())}`} />;
  return privatePage(path, session.person) ?? <NotFound />;
}

function privatePage(path: string, person: Person) {
  if (path === '/profile') return <Profile person={person} />;
  if (path === '/add') return <ChooseList />;
  const [, area = '', rest = ''] = /^\/(edit|settings|admin)(?:\/(.+))?$/.exec(path) ?? [];
  if (area === 'edit' && rest) return <Editor key={rest} id={rest} person={person} />;
  if (area === 'settings' && rest) return <Settings key={rest} id={rest} />;
  return area === 'admin' ? <Admin person={person} rest={rest} /> : undefined;
}

function Redirect({ to }: { to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return <Skeleton />;
}
