import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AuthContext, changePassword } from '#platform/auth';
import type { FieldError } from '../../forms.ts';
import type { PageTools } from '../../page-tools.ts';
import { formatSpan } from '../../times.ts';
import { sessionOf, setSessionCookie } from '../../visitor.ts';

const accountView = new URL('./account.njk', import.meta.url);
const setPasswordView = new URL('./set-password.njk', import.meta.url);

/** Path of the one page a session from a sign-in link may open. */
export const setPasswordPath = '/account/set-password';

export function registerAccount(app: FastifyInstance, page: PageTools, auth: AuthContext): void {
  app.get('/account', async (_request, reply) => page.render(reply, accountView, { title: 'Your account' }));

  app.post('/account', async (request, reply) => {
    const form = page.readForm(request);
    const errors: FieldError[] = [];
    if (form.raw('current') === '') errors.push({ field: 'current', message: 'Enter your current password' });
    if (form.raw('password') === '') errors.push({ field: 'password', message: 'Enter a new password' });
    if (errors.length === 0) {
      errors.push(
        ...(await tryChange(request, reply, { current: form.raw('current'), chosen: form.raw('password') })),
      );
    }
    if (errors.length > 0) return page.renderInvalid(reply, accountView, { title: 'Your account' }, errors);
    return page.redirect(
      reply,
      '/account',
      'Your password is changed, and you are signed out everywhere else',
    );
  });

  app.get(setPasswordPath, async (request, reply) => {
    if (!sessionOf(request).isPasswordDue) return reply.redirect('/account', 303);
    return page.render(reply, setPasswordView, { title: 'Choose a password' });
  });

  app.post(setPasswordPath, async (request, reply) => {
    if (!sessionOf(request).isPasswordDue) return reply.redirect('/account', 303);
    const chosen = page.readForm(request).raw('password');
    const errors =
      chosen === ''
        ? [{ field: 'password', message: 'Enter a password' }]
        : await tryChange(request, reply, { current: undefined, chosen });
    if (errors.length > 0) {
      return page.renderInvalid(reply, setPasswordView, { title: 'Choose a password' }, errors);
    }
    return page.redirect(reply, '/', 'Your password is set');
  });

  const tryChange = async (
    request: FastifyRequest,
    reply: FastifyReply,
    passwords: { current: string | undefined; chosen: string },
  ): Promise<FieldError[]> => {
    const result = await changePassword(auth, {
      session: sessionOf(request),
      currentPassword: passwords.current,
      newPassword: passwords.chosen,
      address: request.ip,
    });
    if (result.outcome === 'wrong-password')
      return [{ field: 'current', message: 'Your current password is wrong' }];
    if (result.outcome === 'refused') return [{ field: 'password', message: result.problem }];
    if (result.outcome === 'throttled') {
      const wait = formatSpan(result.retryAt.getTime() - auth.clock.now().getTime());
      return [{ field: 'current', message: `Too many wrong passwords. Try again in ${wait}` }];
    }
    setSessionCookie(reply, result.session);
    return [];
  };
}
