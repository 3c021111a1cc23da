import { json } from '../frame/replies.ts';
import type { Simulator } from '../frame/simulator.ts';

export const profileEditorSimulator: Simulator = {
  name: 'profile-editor',
  title: 'Profile editor',
  standsFor: 'NHS.uk Profile Editor, which sends change events',
  start: async () => ({ handle: () => json(404, { message: 'x' }), state: () => 'idle' }),
};
