import { connect } from 'node:net';

/** Looks for viruses in bytes. Rejects when it cannot tell; the caller then must not take the file. */
export interface VirusScanner {
  scan(bytes: Uint8Array): Promise<'clean' | 'infected'>;
}

export class VirusScannerError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'VirusScannerError';
  }
}

const CHUNK_BYTES = 64 * 1024;
const MAX_ANSWER = 4096;

/**
 * The scanner a setting names: `tcp://host:port` of a clamd. Undefined without one: files are then taken as they are,
 * and the caller says so where people look.
 */
export function createVirusScanner(
  url: string | undefined,
  options: { timeoutMs?: number } = {},
): VirusScanner | undefined {
  if (url === undefined) return undefined;
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'tcp:' && protocol !== 'clamd:') {
    throw new Error(`A virus scanner is named as tcp://host:port, not ${protocol}//`);
  }
  return createClamdScanner({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? 3310 : Number(port),
    timeoutMs: options.timeoutMs ?? 30_000,
  });
}

/** ClamAV's daemon over TCP, by its INSTREAM command. */
export function createClamdScanner(options: { host: string; port: number; timeoutMs: number }): VirusScanner {
  return {
    async scan(bytes) {
      const answer = await ask(options, bytes);
      if (/\bFOUND\b/.test(answer)) return 'infected';
      if (/: OK\b/.test(answer)) return 'clean';
      throw new VirusScannerError(`The virus scanner answered neither OK nor FOUND: ${answer.slice(0, 100)}`);
    },
  };
}

function ask(
  { host, port, timeoutMs }: { host: string; port: number; timeoutMs: number },
  bytes: Uint8Array,
) {
  return new Promise<string>((resolve, reject) => {
    const socket = connect({ host, port });
    let answer = '';
    const fail = (cause: Error) => {
      socket.destroy();
      reject(new VirusScannerError('The virus scanner gave no answer', { cause }));
    };
    socket.setTimeout(timeoutMs, () => fail(new Error(`no answer within ${timeoutMs} ms`)));
    socket.once('error', fail);
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      answer = (answer + text).slice(0, MAX_ANSWER);
    });
    socket.once('end', () => resolve(answer.replaceAll('\0', '').trim()));
    socket.once('connect', () => {
      socket.write('zINSTREAM\0');
      for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
        const chunk = bytes.subarray(start, start + CHUNK_BYTES);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(chunk.length);
        socket.write(length);
        socket.write(chunk);
      }
      socket.write(Buffer.alloc(4));
    });
  });
}
