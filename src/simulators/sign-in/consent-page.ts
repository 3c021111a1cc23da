import { randomInt } from 'node:crypto';
import { type Markup, markup } from '../frame/markup.ts';
import { renderPage } from '../frame/page-layout.ts';
import { badRequest, html, type Reply } from '../frame/replies.ts';
import type { SimulatorRequest } from '../frame/simulator-request.ts';
import {
  type AuthorizationCodes,
  type AuthorizationRequest,
  readAuthorizationRequest,
} from './authorization-codes.ts';
import { PEOPLE, type Person } from './people.ts';

/** Where a person chooses who they are and whether the asking site may know it. */
export function consentPage(provider: string, request: SimulatorRequest): Reply {
  const asked = readAuthorizationRequest(request.query);
  if (!asked) return badRequest(['client_id, redirect_uri and response_type=code are needed']);
  const main = markup`<p><strong>${asked.clientId}</strong> asks who you are. Choose somebody, or type anybody.</p>
<ul class="cards">${PEOPLE.map((person) => markup`<li>${choice(person)}</li>`)}</ul>
<h2>Somebody else</h2>
<form method="post" class="stack">
<p><label>Name <input name="name" autocomplete="off"></label></p>
<p><label>E-mail address <input name="email" type="email" autocomplete="off"></label></p>
<p><label><input type="checkbox" name="verified" value="yes" checked> ${provider} has proved the address</label></p>
<p><button name="decision" value="allow">Sign in</button> <button name="decision" value="deny">Refuse</button></p>
</form>`;
  const page = html(200, renderPage({ title: `Sign in with ${provider}`, main }));
  // The answer is a redirect to the site that asked, which the page's own policy would stop.
  const policy = (page.headers['content-security-policy'] ?? '').replace(
    "form-action 'self'",
    `form-action 'self' ${new URL(asked.redirectUri).origin}`,
  );
  return { ...page, headers: { ...page.headers, 'content-security-policy': policy } };
}

function choice(person: Person): Markup {
  const facts = [person.email ?? 'no address', person.isEmailVerified ? 'proved' : 'not proved'].join(', ');
  return markup`<form method="post"><input type="hidden" name="subject" value="${person.subject}">
<p><button name="decision" value="allow">Sign in as ${person.name ?? 'somebody without a name'}</button></p><p class="quiet">${facts}</p></form>`;
}

/** Sends the browser back with a code, or with the refusal. */
export function decide(codes: AuthorizationCodes, request: SimulatorRequest): Reply {
  const asked = readAuthorizationRequest(request.query);
  if (!asked) return badRequest(['client_id, redirect_uri and response_type=code are needed']);
  const form = new URLSearchParams(request.body);
  const back = new URL(asked.redirectUri);
  back.searchParams.set('state', asked.state);
  if (form.get('decision') === 'allow') {
    back.searchParams.set('code', issueFor(codes, asked, form));
  } else {
    back.searchParams.set('error', 'access_denied');
  }
  return { status: 303, headers: { location: back.href }, body: '' };
}

function issueFor(codes: AuthorizationCodes, request: AuthorizationRequest, form: URLSearchParams): string {
  const known = PEOPLE.find(({ subject }) => subject === form.get('subject'));
  return codes.issue({ request, person: known ?? typedPerson(form) });
}

function typedPerson(form: URLSearchParams): Person {
  const email = form.get('email')?.trim() || undefined;
  return {
    // The same address is the same person at this provider.
    subject: email === undefined ? String(randomInt(1e12)) : subjectOf(email),
    name: form.get('name')?.trim() || undefined,
    email,
    isEmailVerified: form.get('verified') === 'yes',
  };
}

function subjectOf(email: string): string {
  return `2${[...email.toLowerCase()].map((letter) => (letter.codePointAt(0) ?? 0).toString(10)).join('')}`.slice(
    0,
    60,
  );
}
