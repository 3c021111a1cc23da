export {
  freezeConfig,
  type PlatformConfig,
  platformSettings,
  readPlatformConfig,
} from './platform-config.ts';
export {
  describeSettings,
  readSettings,
  type Settings,
  SettingsError,
  type SettingValues,
  setting,
} from './settings.ts';
