import { type InputHTMLAttributes, type ReactNode, useId, useState } from 'react';
import { say } from '../words/index.ts';

interface FrameProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  isOptional?: boolean;
}

function describedBy(id: string, { hint, error }: FrameProps): string | undefined {
  return [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
}

function Frame({
  id,
  label,
  hint,
  error,
  isOptional,
  children,
}: FrameProps & { id: string; children: ReactNode }) {
  return (
    <div className={error ? 'field wrong' : 'field'}>
      <label htmlFor={id}>
        {label} {isOptional && <span className="quiet-text">{say('optional')}</span>}
      </label>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className="problem" id={`${id}-error`}>
          {error}
        </p>
      )}
      {children}
    </div>
  );
}

type TextProps = FrameProps &
  Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> & { onText: (text: string) => void };

export function TextField({ label, hint, error, isOptional, onText, ...rest }: TextProps) {
  const made = useId();
  const id = rest.id ?? made;
  return (
    <Frame {...{ id, label, hint, error, isOptional: isOptional ?? false }}>
      <input
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, { label, hint, error })}
        onChange={(event) => onText(event.target.value)}
      />
    </Frame>
  );
}

/** Works with password managers, and can be looked at. */
export function PasswordField(props: TextProps) {
  const [isShown, setShown] = useState(false);
  return (
    <div className="password">
      <TextField {...props} type={isShown ? 'text' : 'password'} />
      <button type="button" className="button bare" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
        {say(isShown ? 'hidePassword' : 'showPassword')}
      </button>
    </div>
  );
}

type AreaProps = FrameProps & {
  id?: string;
  value: string;
  rows?: number;
  maxLength?: number;
  onText: (text: string) => void;
};

export function AreaField({ label, hint, error, isOptional, onText, ...rest }: AreaProps) {
  const made = useId();
  const id = rest.id ?? made;
  return (
    <Frame {...{ id, label, hint, error, isOptional: isOptional ?? false }}>
      <textarea
        rows={3}
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, { label, hint, error })}
        onChange={(event) => onText(event.target.value)}
      />
    </Frame>
  );
}

type ChoiceProps = FrameProps & {
  id?: string;
  value: string;
  choices: [value: string, label: string][];
  onText: (text: string) => void;
};

export function ChoiceField({ label, hint, error, isOptional, choices, onText, ...rest }: ChoiceProps) {
  const made = useId();
  const id = rest.id ?? made;
  return (
    <Frame {...{ id, label, hint, error, isOptional: isOptional ?? false }}>
      <select
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={describedBy(id, { label, hint, error })}
        onChange={(event) => onText(event.target.value)}
      >
        {choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </Frame>
  );
}

interface TickProps {
  label: string;
  hint?: string;
  isOn: boolean;
  onSwitch: (isOn: boolean) => void;
  isDisabled?: boolean;
}

export function TickField({ label, hint, isOn, onSwitch, isDisabled }: TickProps) {
  const id = useId();
  return (
    <div className="tick">
      <input
        type="checkbox"
        id={id}
        checked={isOn}
        disabled={isDisabled}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => onSwitch(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface StepperProps {
  label: string;
  value: number;
  least: number;
  most?: number;
  onValue: (value: number) => void;
}

export function Stepper({ label, value, least, most = 999, onValue }: StepperProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <div className="stepper" data-cy="div-quantity">
        <button
          type="button"
          aria-label={say('fewer')}
          data-cy="link-quantity-decrease"
          disabled={value <= least}
          onClick={() => onValue(Math.max(least, value - 1))}
        >
          −
        </button>
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={least}
          max={most}
          value={value}
          onChange={(event) => {
            const typed = Math.trunc(Number(event.target.value));
            if (Number.isFinite(typed)) onValue(Math.min(most, Math.max(least, typed)));
          }}
        />
        <button
          type="button"
          aria-label={say('more')}
          data-cy="link-quantity-increase"
          disabled={value >= most}
          onClick={() => onValue(Math.min(most, value + 1))}
        >
          +
        </button>
      </div>
    </div>
  );
}
