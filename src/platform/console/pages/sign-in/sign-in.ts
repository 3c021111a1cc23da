import type { FastifyInstance } from 'fastify';
import { type AuthContext, findSignInLink, signIn, signInByLink, signOut } from '#platform/auth';
import type { FieldError } from '../../forms.ts';
import type { PageTools } from '../../page-tools.ts';
import { formatSpan } from '../../times.ts';
import { clearSessionCookie, sessionTokenOf, setSessionCookie, visitorOf } from '../../visitor.ts';

const signInView = new URL('./sign-in.njk', import.meta.url);
const onceView = new URL('./sign-in-once.njk', import.meta.url);
const title = 'Sign in';

/** The only pages open to people who have not signed in. */
export function registerSignIn(app: FastifyInstance, page: PageTools, auth: AuthContext): void {
  app.get('/sign-in', async (request, reply) => {
    const next = safePath(page.readQuery(request).text('next'));
    if (visitorOf(request).session) return reply.redirect(next, 303);
    return page.render(reply, signInView, { title, next });
  });

  app.post('/sign-in', async (request, reply) => {
    const form = page.readForm(request);
    const next = safePath(form.text('next'));
    const email = form.text('email');
    const errors = missingFields(email, form.raw('password'));
    const again = (list: FieldError[]) => page.renderInvalid(reply, signInView, { title, next, email }, list);
    if (errors.length > 0) return again(errors);
    const result = await signIn(auth, { email, password: form.raw('password'), address: request.ip });
    if (result.outcome === 'refused') {
      return again([{ field: 'email', message: 'The email address or password is wrong' }]);
    }
    if (result.outcome === 'throttled') {
      const wait = formatSpan(result.retryAt.getTime() - auth.clock.now().getTime());
      return again([{ field: 'email', message: `Too many attempts to sign in. Try again in ${wait}` }]);
    }
    await endFormerSession(auth, sessionTokenOf(request));
    setSessionCookie(reply, result.session);
    return page.redirect(reply, next);
  });

  app.get<{ Params: { token: string } }>('/sign-in/once/:token', async (request, reply) => {
    const link = await findSignInLink(auth, request.params.token);
    return page.render(reply.code(link ? 200 : 410), onceView, {
      title: link ? 'Sign in once' : 'This sign-in link cannot be used',
      link,
      token: request.params.token,
    });
  });

  app.post<{ Params: { token: string } }>('/sign-in/once/:token', async (request, reply) => {
    const session = await signInByLink(auth, { token: request.params.token, address: request.ip });
    if (!session) {
      return page.render(reply.code(410), onceView, { title: 'This sign-in link cannot be used' });
    }
    await endFormerSession(auth, sessionTokenOf(request));
    setSessionCookie(reply, session);
    return page.redirect(reply, '/account/set-password');
  });

  app.post('/sign-out', async (request, reply) => {
    await endFormerSession(auth, sessionTokenOf(request));
    clearSessionCookie(reply);
    return page.redirect(reply, '/sign-in', 'You have signed out');
  });
}

/** Where to go after sign-in: a path of our own, never another site that a link might name. */
export function safePath(path: string): string {
  const isOwn = path.startsWith('/') && URL.parse(path, 'http://own.invalid')?.host === 'own.invalid';
  return isOwn ? path : '/';
}

async function endFormerSession(auth: AuthContext, token: string | undefined): Promise<void> {
  if (token !== undefined) await signOut(auth, token);
}

function missingFields(email: string, password: string): FieldError[] {
  const errors: FieldError[] = [];
  if (email === '') errors.push({ field: 'email', message: 'Enter your email address' });
  if (password === '') errors.push({ field: 'password', message: 'Enter your password' });
  return errors;
}
