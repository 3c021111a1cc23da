import { type Postage, readPostalAddress } from '../recipients/postal-address.ts';

/** What the print provider is asked to do with one letter: internals section 6.10.4. */
export interface PrintRequest {
  id: string;
  standardParams: {
    jobType: 'NOTIFY';
    templateReference: 'NOTIFY';
    businessIdentifier: string;
    recipientName: string;
    address: PrintAddress;
    despatchMethod?: string;
  };
  customParams: { key: string; value: string }[];
  callbackParams: { target: string; retryParams: { enabled: true; maxRetryWindow: number } };
}

type Lines = Record<string, string>;
export type PrintAddress =
  | { unstructuredAddress: Lines }
  | { internationalAddress: Lines }
  | { bfpoAddress: Lines };

export interface LetterToPrint {
  id: string;
  reference: string;
  /** The address as it is printed, line by line. */
  recipient: string;
  postage: Postage;
  pdf: Uint8Array;
  serviceId: string;
  organisationId: string | null;
  callbackUrl: string;
}

const RECIPIENT_LENGTH = 255;
const LINE_LENGTH = 45;
const POSTCODE_LENGTH = 10;
const COUNTRY_LENGTH = 256;
/** The provider tries so long to tell us what became of a letter. */
const CALLBACK_RETRY_SECONDS = 10_800;

/** Second class is what the provider does when it is not told how. */
const DESPATCH_METHODS: Readonly<Record<Postage, string | undefined>> = {
  first: 'FIRST',
  second: undefined,
  economy: 'ECONOMY',
  europe: 'INTERNATIONAL_EU',
  'rest-of-world': 'INTERNATIONAL_ROW',
};

export function printRequest(letter: LetterToPrint): PrintRequest {
  const [recipient = ''] = letter.recipient.split('\n');
  const despatchMethod = DESPATCH_METHODS[letter.postage];
  return {
    id: letter.id,
    standardParams: {
      jobType: 'NOTIFY',
      templateReference: 'NOTIFY',
      businessIdentifier: letter.reference,
      recipientName: recipient.slice(0, RECIPIENT_LENGTH),
      address: printAddress(letter.recipient),
      ...(despatchMethod === undefined ? {} : { despatchMethod }),
    },
    customParams: [
      { key: 'pdfContent', value: Buffer.from(letter.pdf).toString('base64') },
      { key: 'organisationIdentifier', value: letter.organisationId ?? '' },
      { key: 'serviceIdentifier', value: letter.serviceId },
    ],
    callbackParams: {
      target: letter.callbackUrl,
      retryParams: { enabled: true, maxRetryWindow: CALLBACK_RETRY_SECONDS },
    },
  };
}

/** The kind of address the provider knows, without the recipient but for the forces' post. Too many lines share the last. */
export function printAddress(recipient: string): PrintAddress {
  const address = readPostalAddress(recipient);
  const lines = [...address.normalisedLines];
  if (address.bfpoNumber !== null) {
    const postcode = address.postcode;
    const kept = lines.filter((line) => line !== postcode && line !== `BFPO ${address.bfpoNumber}`);
    return {
      bfpoAddress: {
        ...numbered(kept, 4),
        ...(postcode === null ? {} : { postcode: postcode.slice(0, POSTCODE_LENGTH) }),
        bfpoNumber: String(address.bfpoNumber),
      },
    };
  }
  if (address.international) {
    const country = lines.pop() ?? address.country;
    return {
      internationalAddress: { ...numbered(lines.slice(1), 5), country: country.slice(0, COUNTRY_LENGTH) },
    };
  }
  const postcode = address.postcode === null ? '' : (lines.pop() ?? '');
  return {
    unstructuredAddress: { ...numbered(lines.slice(1), 5), postcode: postcode.slice(0, POSTCODE_LENGTH) },
  };
}

function numbered(lines: readonly string[], most: number): Lines {
  const kept = lines.length > most ? [...lines.slice(0, most - 1), lines.slice(most - 1).join(', ')] : lines;
  return Object.fromEntries(kept.map((line, place) => [`line${place + 1}`, line.slice(0, LINE_LENGTH)]));
}
