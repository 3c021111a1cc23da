import type { DocumentAbout, DocumentContent } from './document-store.ts';
import { labelOfExtension } from './file-types.ts';
import { documentPage, type PagePart, part } from './page-layout.ts';

/** Who sent a file, as its recipient may know them. */
export interface SendingService {
  readonly name: string;
  /** Web address, email address or phone number for questions. */
  readonly contactLink: string | null;
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** The page a link in an email leads to. */
export function landingPage(service: SendingService, next: string): string {
  return documentPage({
    title: 'You have a file to download',
    main: part`<h1>You have a file to download</h1>
<p>${service.name} sent you a file to download.</p>
<p><a class="button" href="${next}">Continue</a></p>
${questions(service)}`,
  });
}

export function confirmPage(
  service: SendingService,
  options: { action: string; problem?: 'empty' | 'wrong' },
): string {
  const { action, problem } = options;
  const words = problem === undefined ? undefined : PROBLEMS[problem];
  const summary: PagePart | string =
    words === undefined
      ? ''
      : part`<div class="summary" role="alert"><h2>There is a problem</h2><p><a href="#email_address">${words}</a></p></div>`;
  const message = words === undefined ? '' : part`<p class="problem" id="email-problem">${words}</p>`;
  const input =
    words === undefined
      ? part`<input id="email_address" name="email_address" type="email" autocomplete="email" spellcheck="false">`
      : part`<input id="email_address" name="email_address" type="email" autocomplete="email" spellcheck="false" aria-describedby="email-problem" aria-invalid="true">`;
  return documentPage({
    title: 'Confirm your email address',
    isError: problem !== undefined,
    main: part`${summary}<h1>Confirm your email address</h1>
<p>To confirm the file was meant for you, enter the email address ${service.name} sent the file to.</p>
<form method="post" action="${action}" novalidate>
<div class="field${words === undefined ? '' : ' wrong'}"><label for="email_address">Email address</label>
${message}${input}</div>
<button type="submit">Continue</button>
</form>
${questions(service)}`,
  });
}

const PROBLEMS = {
  empty: 'Enter your email address',
  wrong: 'This is not the email address the file was sent to',
} as const;

export function downloadPage(service: SendingService, document: DocumentContent, file: string): string {
  return documentPage({
    title: 'Download your file',
    main: part`<h1>Download your file</h1>
<p>${service.name} sent you a file.</p>
<p><a href="${file}">Download this ${labelOfExtension(document.extension)} (${sizeText(document.bytes)}) to your device</a></p>
<p>File available until ${DATE.format(document.availableUntil)}.</p>
${questions(service)}`,
  });
}

export function gonePage(service: SendingService): string {
  return documentPage({
    title: 'No longer available',
    main: part`<h1>No longer available</h1>
<p>The link to download your file has expired. To get a copy, contact ${service.name}.</p>
${questions(service)}`,
  });
}

export function limitedPage(): string {
  return documentPage({
    title: 'Cannot access document',
    main: part`<h1>Cannot access document</h1>
<p>The email address was entered wrongly too many times. Wait 5 minutes before you try again.</p>`,
  });
}

export function missingPage(): string {
  return documentPage({
    title: 'Page not found',
    main: part`<h1>Page not found</h1>
<p>If you copied the web address of a file, check that you copied all of it.</p>
<p>If the address is correct, contact the service that sent you the email.</p>`,
  });
}

function questions(service: SendingService): PagePart | string {
  const { contactLink: contact, name } = service;
  if (contact === null || contact === '') return '';
  if (/^https?:\/\//i.test(contact)) {
    return part`<p>If you have any questions, <a href="${contact}">contact ${name}</a>.</p>`;
  }
  if (/^[^\s@]+@[^\s@]+$/.test(contact)) {
    return part`<p>If you have any questions, email <a href="mailto:${contact}">${contact}</a>.</p>`;
  }
  return part`<p>If you have any questions, call ${contact}.</p>`;
}

/** In the units people know; at least 0.1 of one. */
export function sizeText(bytes: DocumentAbout['bytes']): string {
  if (bytes >= 1_048_576) return `${(bytes / 1_048_576).toFixed(1)}MB`;
  return `${Math.max(bytes / 1_024, 0.1).toFixed(1)}KB`;
}
