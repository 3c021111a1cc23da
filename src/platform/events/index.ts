export {
  createEventRegister,
  type EventFilter,
  type EventInput,
  type EventPage,
  type EventRegister,
  type EventSource,
  eventMigrations,
  type ModuleRegister,
  type RegisterEvent,
} from './register.ts';
