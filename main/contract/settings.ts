import { type Check, flag, integer, oneOf, requestOf, text, textMap } from './argument.ts';
import type { Settings } from './model.ts';

/** What holds until the user says otherwise. */
export const DEFAULT_SETTINGS: Settings = {
  theme: 'system',
  motion: 'system',
  quit: 'ask',
  notify: false,
  tray: false,
  recordingMiB: 224,
  keys: {},
};

/** Least and most of the past that is kept of one cluster, MiB. */
export const RECORDING_MIB = { min: 16, max: 4_096 } as const;

/** One key with what is held with it: `Ctrl+Shift+C`, `K`, `ArrowLeft`, `<`. */
const chord = text({
  minLength: 1,
  maxLength: 40,
  pattern: /^(?:(?:Ctrl|Alt|Shift)\+)*(?:[^\s\p{Cc}]|[A-Z][A-Za-z0-9]+)$/u,
  rule: 'must be a key, with Ctrl+, Alt+ or Shift+ before it',
});

const SETTING_CHECKS: { readonly [K in keyof Settings]: Check<Settings[K]> } = {
  theme: oneOf(['system', 'light', 'dark', 'contrast']),
  motion: oneOf(['system', 'full', 'calm', 'none']),
  quit: oneOf(['ask', 'keep', 'stop']),
  notify: flag,
  tray: flag,
  recordingMiB: integer(RECORDING_MIB),
  keys: textMap({ maxItems: 100, name: /^[a-z]+(?:-[a-z]+)*$/, item: chord }),
};

/** All settings, each held to its check. */
export const checkSettings: Check<Settings> = requestOf(SETTING_CHECKS);

/** Settings from disk: what is missing or cannot be read, of an older version perhaps, is as usual. */
export function readSettings(saved: unknown): Settings {
  if (typeof saved !== 'object' || saved === null) return DEFAULT_SETTINGS;
  const read = <K extends keyof Settings>(name: K): Settings[K] => {
    const checked = SETTING_CHECKS[name]((saved as Record<string, unknown>)[name], name);
    return checked.ok ? checked.value : DEFAULT_SETTINGS[name];
  };
  return {
    theme: read('theme'),
    motion: read('motion'),
    quit: read('quit'),
    notify: read('notify'),
    tray: read('tray'),
    recordingMiB: read('recordingMiB'),
    keys: read('keys'),
  };
}
