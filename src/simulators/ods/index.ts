import { markup } from '../frame/markup.ts';
import { renderPage } from '../frame/page-layout.ts';
import { html, json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator } from '../frame/simulator.ts';
import type { SimulatorRequest } from '../frame/simulator-request.ts';
import { findOrganisation, listKnown, type Organisation } from './organisations.ts';

const ORGANISATION = /^\/ORD\/2-0-0\/organisations\/([^/]*)$/;

/** The part of the Organisation Data Service that says whether a code exists. Faults make it slow or take it down. */
export const odsSimulator: Simulator = {
  name: 'ods',
  title: 'Organisation directory',
  standsFor: 'the Organisation Data Service, which knows every organisation code',
  setting: 'ODS_URL',
  start: async () => startOds(),
};

function startOds(): RunningSimulator {
  let asked = 0;
  return {
    handle(request) {
      asked += 1;
      const [, encoded] = ORGANISATION.exec(request.path) ?? [];
      if (request.method !== 'GET' || encoded === undefined) return notFound();
      const organisation = findOrganisation(decode(encoded));
      return organisation ? json(200, describe(organisation)) : notFound();
    },
    page: (request) => page(request),
    state: () => `${asked} question${asked === 1 ? '' : 's'} asked`,
  };
}

function describe({ code, name, status }: Organisation) {
  return {
    Organisation: {
      Name: name,
      Status: status,
      OrgId: { root: '2.16.840.1.113883.2.1.3.2.4.18.48', assigningAuthorityName: 'HSCIC', extension: code },
    },
  };
}

function notFound(): Reply {
  return json(404, { errorCode: 404, errorText: 'Not found' });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function page(request: SimulatorRequest): Reply | undefined {
  if (request.path !== '/') return undefined;
  const rows = listKnown().map(
    ({ code, name, status }) =>
      markup`<li><a href="/ods/ORD/2-0-0/organisations/${code}">${code}</a> ${name}${
        status === 'Inactive' ? ' (inactive, and still answered)' : ''
      }</li>`,
  );
  const main = markup`<p>Codes that look like real ones are known too, such as those of practices (A12345), trusts (RX1)
and pharmacies (FX123). Everything else is answered with 404.</p>
<ol class="rows">${rows}</ol>
<p>What it was asked: <a href="/ods/calls">calls</a>. PUT <a href="/ods/faults">faults</a> to make it slow or take it
down.</p>`;
  return html(
    200,
    renderPage({ title: 'Organisation directory', trail: [{ href: '/', text: 'Simulators' }], main }),
  );
}
