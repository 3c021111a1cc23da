import type { EmailProvider, SendOutcome, SmsProvider } from './provider.ts';

/** So many calls at a time to one provider from this process; the others wait for their turn. */
export interface Turns {
  /** False when none came in time, or the signal came first: nothing was begun then. Whoever got one must `pass` it on. */
  take(signal: AbortSignal): Promise<boolean>;
  pass(): void;
}

/** Turns go by who waits longest. */
export function createTurns(most: number, options: { waitMs: number }): Turns {
  const waiting: ((isTaken: boolean) => void)[] = [];
  let taken = 0;
  return {
    take: async (signal) => {
      if (taken < most) {
        taken += 1;
        return true;
      }
      if (signal.aborted) return false;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const giveUp = () => {
        const place = waiting.indexOf(resolve);
        if (place === -1) return;
        waiting.splice(place, 1);
        resolve(false);
      };
      waiting.push(resolve);
      const timer = setTimeout(giveUp, options.waitMs);
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        return await promise;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', giveUp);
      }
    },
    pass: () => {
      const next = waiting.shift();
      if (next) next(true);
      else taken -= 1;
    },
  };
}

/** A provider that is asked by so many calls at a time; what gets no turn is not tried. */
export function inTurns(provider: SmsProvider | EmailProvider, turns: Turns): SmsProvider | EmailProvider {
  const wait = async (stopping: AbortSignal, send: () => Promise<SendOutcome>): Promise<SendOutcome> => {
    if (!(await turns.take(stopping))) return { kind: 'not_tried', reason: 'too many calls at once' };
    try {
      return await send();
    } finally {
      turns.pass();
    }
  };
  if (provider.channel === 'sms') {
    const send: SmsProvider['send'] = (message, options) =>
      wait(options.stopping, () => provider.send(message, options));
    return { ...provider, send };
  }
  const send: EmailProvider['send'] = (message, options) =>
    wait(options.stopping, () => provider.send(message, options));
  return { ...provider, send };
}
