import { markup } from '../frame/markup.ts';
import { renderPage, renderTable, renderTime } from '../frame/page-layout.ts';
import { badRequest, html, json, type Reply } from '../frame/replies.ts';
import type { RunningSimulator, Simulator, SimulatorContext } from '../frame/simulator.ts';
import { jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { PostBacks } from '../sms-provider/post-back.ts';
import { ReferenceAudit } from '../sms-provider/reference-audit.ts';
import { PrinterAccess } from './access.ts';
import { countPages, jobReport, type PrintJob, readPrintJob } from './print-job.ts';

const MAX_JOBS = 200;
const OUTCOMES = ['DESPATCHED', 'REJECTED', 'NONE'] as const;

interface PrintSettings {
  readonly outcome: (typeof OUTCOMES)[number];
  readonly delayMs: number;
}

/** The printer's API: takes letters, refuses one it has already, and reports when they are in the post. */
export const printSimulator: Simulator = {
  name: 'print',
  title: 'Print provider',
  standsFor: 'the provider that prints letters and posts them',
  setting: 'PRINT_URL',
  start: async (context) => new PrintSimulator(context).running(),
};

class PrintSimulator {
  readonly #audit = new ReferenceAudit();
  readonly #access = new PrinterAccess();
  readonly #postBacks: PostBacks;
  #settings: PrintSettings = { outcome: 'DESPATCHED', delayMs: 2_000 };
  #jobs = new Map<string, PrintJob>();

  constructor(context: SimulatorContext) {
    this.#postBacks = new PostBacks({ log: context.log });
  }

  running(): RunningSimulator {
    return {
      handle: (request) => this.#handle(request),
      page: (request) => this.#page(request),
      audit: () => this.#audit.rows(),
      clearData: () => this.#clear(),
      state: () => `${this.#audit.size} letter${this.#audit.size === 1 ? '' : 's'}`,
      [Symbol.asyncDispose]: () => this.#postBacks[Symbol.asyncDispose](),
    };
  }

  #handle(request: SimulatorRequest): Reply {
    if (request.path === '/settings' && request.method === 'PUT') return this.#change(jsonBody(request));
    const access = this.#access.handle(request);
    if (access) return access;
    if (request.path !== '/print-request/v1/print/jobs' || request.method !== 'POST') {
      return json(404, { message: 'There is nothing here; jobs go to /print-request/v1/print/jobs.' });
    }
    return this.#access.refuse(request) ?? this.#print(request);
  }

  #print(request: SimulatorRequest): Reply {
    const read = readPrintJob(jsonBody(request));
    if ('problems' in read) {
      return json(400, { errors: read.problems.map((detail) => ({ status: '400 BAD_REQUEST', detail })) });
    }
    const { id } = read.job;
    if (this.#audit.has(id)) {
      this.#audit.repeat(id);
      return json(409, {
        errors: [
          {
            status: '409 CONFLICT',
            detail: `The supplied identifier ${id} conflicts with another print job`,
          },
        ],
      });
    }
    this.#audit.create(id);
    const job: PrintJob = { ...read.job, time: new Date().toISOString(), status: 'ACCEPTED' };
    this.#keep(job);
    this.#reportLater(job);
    return json(202, { id });
  }

  #keep(job: PrintJob): void {
    this.#jobs.set(job.id, job);
    const [oldest] = this.#jobs.keys();
    if (this.#jobs.size > MAX_JOBS && oldest !== undefined) this.#jobs.delete(oldest);
  }

  #reportLater(job: PrintJob): void {
    const { outcome, delayMs } = this.#settings;
    if (outcome === 'NONE') return;
    const body = JSON.stringify(jobReport(job, outcome, new Date(Date.now() + delayMs)));
    const call = { url: job.callbackUrl, headers: { 'content-type': 'application/json' }, body };
    this.#postBacks.later(delayMs, call, () => {
      job.status = outcome;
    });
  }

  #page(request: SimulatorRequest): Reply | undefined {
    if (request.path === '/settings') return json(200, this.#settings);
    if (request.path === '/') return this.#overview();
    const [, id = '', isPdf] =
      /^\/(?:print-request\/v1\/print\/)?jobs\/([^/.]+)(\.pdf)?$/.exec(request.path) ?? [];
    if (id === '') return undefined;
    const job = this.#jobs.get(id);
    if (job === undefined) return json(404, { message: `No job ${id}; the latest ${MAX_JOBS} are kept.` });
    if (isPdf) return { status: 200, headers: { 'content-type': 'application/pdf' }, body: job.pdf };
    const { pdf, callbackUrl: _, ...shown } = job;
    return json(200, { ...shown, pages: countPages(pdf) });
  }

  #overview(): Reply {
    const jobs = [...this.#jobs.values()].reverse();
    const list =
      jobs.length === 0
        ? markup`<p>No letter has been handed over yet.</p>`
        : renderTable<PrintJob>(
            'Letters, newest first',
            [
              { heading: 'Time', cell: (job) => renderTime(job.time) },
              { heading: 'Letter', cell: (job) => markup`<a href="/print/jobs/${job.id}.pdf">${job.id}</a>` },
              { heading: 'Reference', cell: (job) => job.reference },
              { heading: 'Address', cell: (job) => [job.recipient, ...job.address].join(', ') },
              { heading: 'Despatch', cell: (job) => job.despatchMethod ?? 'second class' },
              { heading: 'Status', cell: (job) => job.status },
            ],
            jobs,
          );
    const main = markup`<p><a href="/print">Refresh</a>. ${this.#audit.size} letters in all. As data:
<a href="/print/audit">audit</a>, <a href="/print/settings">settings</a>.</p>
<p class="quiet">Each is reported as ${this.#settings.outcome} after ${this.#settings.delayMs} ms. PUT outcome (${OUTCOMES.join(', ')}) and delayMs to /print/settings to change that.</p>
${list}`;
    return html(
      200,
      renderPage({ title: 'Print provider', trail: [{ href: '/', text: 'Simulators' }], main }),
    );
  }

  #change(body: unknown): Reply {
    const { outcome, delayMs } = { ...this.#settings, ...(body as Partial<PrintSettings> | undefined) };
    const problems: string[] = [];
    if (!OUTCOMES.includes(outcome)) problems.push(`outcome must be one of ${OUTCOMES.join(', ')}`);
    if (!Number.isInteger(delayMs) || delayMs < 0 || delayMs > 3_600_000) {
      problems.push('delayMs must be a whole number from 0 to 3600000');
    }
    if (problems.length > 0) return badRequest(problems);
    this.#settings = { outcome, delayMs };
    return json(200, this.#settings);
  }

  #clear(): void {
    this.#jobs = new Map();
    this.#audit.clear();
    this.#access.clear();
  }
}
