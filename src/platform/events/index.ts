export {
  createEventRegister,
  type EventFilter,
  type EventInput,
  type EventPage,
  type EventRegister,
  eventMigrations,
  type ModuleRegister,
  type RegisterEvent,
} from './register.ts';
