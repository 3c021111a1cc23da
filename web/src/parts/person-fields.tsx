import { say } from '../words/index.ts';
import { TextField } from './field.tsx';
import { isEmail } from './form.ts';

interface Props {
  name: string;
  onName: (name: string) => void;
  email: string;
  onEmail: (email: string) => void;
  problems: { name?: string; email?: string };
  longestName: number;
}

/** Who somebody is: a name and an address. */
export function PersonFields({ name, onName, email, onEmail, problems, longestName }: Props) {
  return (
    <>
      <TextField
        id="name"
        label={say('yourName')}
        autoComplete="name"
        maxLength={longestName}
        value={name}
        onText={onName}
        error={problems.name}
      />
      <TextField
        id="email"
        label={say('email')}
        type="email"
        autoComplete="email"
        value={email}
        onText={onEmail}
        error={problems.email}
      />
    </>
  );
}

/** What is wrong with them, in words. */
export function personProblems(name: string, email: string): { name: string; email: string } {
  return {
    name: name.trim() === '' ? say('nameNeeded') : '',
    email: isEmail(email) ? '' : say('emailNeeded'),
  };
}
