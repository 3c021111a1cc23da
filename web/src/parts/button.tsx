import type { ButtonHTMLAttributes } from 'react';
import { say } from '../words/index.ts';

type Props = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'quiet' | 'danger' | 'bare';
  isPending?: boolean;
  'data-cy'?: string;
};

export function Button({ look, isPending = false, className = '', children, ...rest }: Props) {
  return (
    <button
      type="button"
      {...rest}
      disabled={rest.disabled || isPending}
      className={`button ${look ?? ''} ${className}`.trim()}
    >
      {isPending ? say('working') : children}
    </button>
  );
}

/**
 * A form's main button. While something is missing it is inactive, and a click on it still asks the form, which then
 * says what is missing: a dead button would leave people guessing.
 */
export function Submit({ isReady, isPending = false, children, ...rest }: Props & { isReady: boolean }) {
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside is the control; this catches its clicks
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard submits the form itself
    <span
      className="submit"
      onClick={(event) => {
        if (event.target === event.currentTarget && !isReady)
          event.currentTarget.closest('form')?.requestSubmit();
      }}
    >
      <button
        type="submit"
        {...rest}
        disabled={isPending}
        className={isReady && !isPending ? 'button' : 'button inactive'}
      >
        {isPending ? say('working') : children}
      </button>
    </span>
  );
}
