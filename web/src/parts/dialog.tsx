import { type ReactNode, useEffect, useId, useRef } from 'react';
import { say } from '../words/index.ts';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  'data-cy'?: string;
}

/** The browser's own modal dialog: it traps the focus, closes with Escape and gives the focus back. */
export function Dialog({ title, onClose, children, 'data-cy': hook }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    element.current?.showModal();
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);
  return (
    <dialog ref={element} aria-labelledby={id} onClose={onClose} data-cy={hook}>
      <div className="dialog-head">
        <h2 id={id}>{title}</h2>
        <button
          type="button"
          className="button bare"
          aria-label={say('close')}
          data-cy="button-form-close"
          onClick={() => element.current?.close()}
        >
          ✕
        </button>
      </div>
      {children}
    </dialog>
  );
}
