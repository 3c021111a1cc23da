export {
  type AppliedChange,
  type ApplySection,
  CommandRefusal,
  type ComponentHealth,
  type Module,
  type ModuleCommand,
  type ModuleCommandValues,
  type ModuleDefinition,
  type ModulePlatform,
} from './module.ts';
