import { type FormEvent, useRef, useState } from 'react';
import { type ApiError, asApiError } from '../server/api.ts';

/** What is wrong, by field; empty when nothing is. */
export type Problems<Name extends string> = Partial<Record<Name, string>>;

interface FormOptions<Name extends string> {
  /** Looked at when the form is sent, and again with each key once it was. */
  check: () => Problems<Name>;
  send: () => Promise<void>;
  /** What the person reads when the server refuses. */
  explain: (error: ApiError) => string;
}

/** Sends a form once at a time, says what is wrong beside each field, and moves the focus to the first. */
export function useForm<Name extends string>({ check, send, explain }: FormOptions<Name>) {
  const [wasSent, setSent] = useState(false);
  const [isPending, setPending] = useState(false);
  const [failure, setFailure] = useState('');
  const isUnderWay = useRef(false);
  const found = check();
  const onSubmit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    setSent(true);
    if (Object.values(found).some(Boolean)) {
      requestAnimationFrame(() => form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
      return;
    }
    // Two quick presses come before the first re-render.
    if (isUnderWay.current) return;
    isUnderWay.current = true;
    setPending(true);
    setFailure('');
    try {
      await send();
      setSent(false);
    } catch (error) {
      setFailure(explain(asApiError(error)));
    } finally {
      isUnderWay.current = false;
      setPending(false);
    }
  };
  const isReady = !Object.values(found).some(Boolean);
  const problems: Problems<Name> = wasSent ? found : {};
  return { onSubmit, problems, isReady, isPending, failure, setFailure };
}

/** One action of a button: pending while it runs, and its refusal in words. */
export function useAction(explain: (error: ApiError) => string) {
  const [isPending, setPending] = useState(false);
  const [failure, setFailure] = useState('');
  const run = async (action: () => Promise<void>) => {
    setPending(true);
    setFailure('');
    try {
      await action();
    } catch (error) {
      setFailure(explain(asApiError(error)));
    } finally {
      setPending(false);
    }
  };
  return { run, isPending, failure };
}

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

export function isEmail(text: string): boolean {
  return EMAIL.test(text.trim());
}
