/** Somebody who can sign in at a simulated provider. */
export interface Person {
  readonly subject: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
  readonly isEmailVerified: boolean;
}

/** One person for each way a sign-in can go; the form takes any other. */
export const PEOPLE: readonly Person[] = [
  { subject: '100000000000000000001', name: 'Ana Example', email: 'ana@example.org', isEmailVerified: true },
  { subject: '100000000000000000002', name: 'Bo Example', email: 'bo@gmail.com', isEmailVerified: true },
  { subject: '100000000000000000003', name: undefined, email: 'nameless@example.org', isEmailVerified: true },
  {
    subject: '100000000000000000004',
    name: 'Uma Unproved',
    email: 'uma@example.org',
    isEmailVerified: false,
  },
  { subject: '100000000000000000005', name: 'Noa Noaddress', email: undefined, isEmailVerified: false },
];
