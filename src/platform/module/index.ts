export type {
  AppliedChange,
  ApplySection,
  ComponentHealth,
  Module,
  ModuleCommand,
  ModuleDefinition,
  ModulePlatform,
} from './module.ts';
