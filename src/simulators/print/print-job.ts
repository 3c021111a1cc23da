export interface PrintJob {
  readonly id: string;
  readonly time: string;
  /** The sender's reference of the letter. */
  readonly reference: string;
  readonly recipient: string;
  readonly address: readonly string[];
  readonly despatchMethod: string | undefined;
  readonly pdf: Buffer;
  readonly callbackUrl: string;
  status: 'ACCEPTED' | 'DESPATCHED' | 'REJECTED';
}

const ADDRESS_KINDS = ['unstructuredAddress', 'internationalAddress', 'bfpoAddress'];
const DESPATCH_METHODS = ['FIRST', 'ECONOMY', 'INTERNATIONAL_EU', 'INTERNATIONAL_ROW'];

/** The job in a print request, or everything that is wrong with it. */
export function readPrintJob(
  body: unknown,
): { job: Omit<PrintJob, 'time' | 'status'> } | { problems: string[] } {
  const fields = record(body);
  const standard = record(fields.standardParams);
  const addressKinds = Object.keys(record(standard.address));
  const address = record(record(standard.address)[addressKinds[0] ?? '']);
  const params = Array.isArray(fields.customParams) ? fields.customParams.map(record) : [];
  const pdf = Buffer.from(String(params.find(({ key }) => key === 'pdfContent')?.value ?? ''), 'base64');
  const target = record(fields.callbackParams).target;
  const { despatchMethod, recipientName, businessIdentifier } = standard;
  const problems = [
    isText(fields.id) || 'id is required',
    (standard.jobType === 'NOTIFY' && standard.templateReference === 'NOTIFY') ||
      'standardParams.jobType and templateReference must be NOTIFY',
    isText(businessIdentifier) || 'standardParams.businessIdentifier is required',
    (isText(recipientName) && recipientName.length <= 255) ||
      'standardParams.recipientName must have 1 to 255 characters',
    (addressKinds.length === 1 && ADDRESS_KINDS.includes(addressKinds[0] ?? '')) ||
      `standardParams.address must have one of ${ADDRESS_KINDS.join(', ')}`,
    Object.entries(address).every(([name, value]) => String(value).length <= limitOf(name)) ||
      'a line of the address is too long',
    despatchMethod === undefined ||
      DESPATCH_METHODS.includes(String(despatchMethod)) ||
      `standardParams.despatchMethod must be one of ${DESPATCH_METHODS.join(', ')}`,
    pdf.subarray(0, 5).toString('latin1') === '%PDF-' || 'customParams needs pdfContent, a PDF in base64',
    (isText(target) && URL.canParse(target)) || 'callbackParams.target must be an address',
  ].filter((outcome) => typeof outcome === 'string');
  if (problems.length > 0) return { problems };
  return {
    job: {
      id: String(fields.id),
      reference: String(businessIdentifier),
      recipient: String(recipientName),
      address: Object.values(address).map(String),
      despatchMethod: despatchMethod === undefined ? undefined : String(despatchMethod),
      pdf,
      callbackUrl: String(target),
    },
  };
}

/** What the printer reports when a letter is in the post, or when it will not be. */
export function jobReport(
  job: PrintJob,
  status: 'DESPATCHED' | 'REJECTED',
  now: Date,
): Record<string, unknown> {
  const time = now.toISOString();
  const [postageClass, mailingProduct] = CLASSES[job.despatchMethod ?? 'SECOND'] ?? ['2ND', 'MM'];
  const properties = {
    totalSheets: String(Math.ceil(countPages(job.pdf) / 2)),
    postageClass,
    mailingProduct,
    productionRunDate: time.slice(0, 10),
  };
  return {
    id: `print-${job.id}`,
    specVersion: '1.0',
    source: 'simulator.print',
    type: 'uk.gov.dvla.osl.print.JobStatusChanged',
    time,
    dataContentType: 'application/json',
    metadata: { correlationId: job.id },
    data: {
      jobId: job.id,
      jobType: 'NOTIFY',
      jobStatus: status,
      templateReference: 'NOTIFY',
      transitionDate: `${time.slice(0, 19)}Z`,
      ...(status === 'DESPATCHED'
        ? { despatchProperties: Object.entries(properties).map(([key, value]) => ({ key, value })) }
        : { comment: 'Rejected by the simulator' }),
    },
  };
}

const CLASSES: Readonly<Record<string, readonly [postageClass: string, mailingProduct: string]>> = {
  FIRST: ['1ST', 'UNCODED'],
  SECOND: ['2ND', 'MM'],
  ECONOMY: ['2ND', 'UNSORTEDE'],
  INTERNATIONAL_EU: ['INTERNATIONAL', 'INT EU'],
  INTERNATIONAL_ROW: ['INTERNATIONAL', 'INT ROW'],
};

/** Page objects that stand uncompressed in the file, at least one. */
export function countPages(pdf: Buffer): number {
  return Math.max(1, pdf.toString('latin1').match(/\/Type\s*\/Page(?![s\w])/g)?.length ?? 0);
}

function limitOf(name: string): number {
  if (name === 'postcode') return 10;
  return name === 'country' ? 256 : 45;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
