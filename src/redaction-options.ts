import { DEFAULT_REDACTION } from './core/redaction.js';
import { type KeyPattern } from './core/secret-keys.js';
import { LOG_LEVELS } from './core/log-entry.js';
import { type RedactionOptions } from './engine/engine.options.js';
import { type LoggingOptions } from './logging/log-settings.js';
import { checkSection, flag, listOf, oneOf, type OptionRule, text } from './options-check.js';

/** What logs, events and the REST interface hide, beside the `sensitive` paths of definitions. */
export interface RedactionSettings {
  /** Further names whose values are hidden: a text fits anywhere in a name, whatever its spelling (`taxId`, `tax_id`). */
  readonly keys?: readonly KeyPattern[];
  /** Names that are shown although they look like secrets. */
  readonly except?: readonly KeyPattern[];
  /** @default '[FILTERED]' */
  readonly mask?: string;
  /** True: e-mail addresses are hidden too, wherever they stand. @default false */
  readonly emails?: boolean;
  /** False: over REST only `sensitive` paths are hidden. @default true */
  readonly api?: boolean;
}

const pattern: OptionRule = { what: 'texts and regular expressions', fits: (v) => text.fits(v) || v instanceof RegExp };

/** @throws ConfigurationError with one message that names the key */
export function resolveRedaction(input: unknown): RedactionOptions {
  const given = checkSection<RedactionSettings>('redaction', input, {
    keys: listOf(pattern),
    except: listOf(pattern),
    mask: { what: 'text of 1 to 100 characters', fits: (v) => text.fits(v) && (v as string).length <= 100 },
    emails: flag,
    api: flag,
  });
  return {
    keys: [...DEFAULT_REDACTION.keys, ...(given.keys ?? [])],
    except: [...DEFAULT_REDACTION.except, ...(given.except ?? [])],
    mask: given.mask ?? DEFAULT_REDACTION.mask,
    emails: given.emails ?? DEFAULT_REDACTION.emails,
    api: given.api ?? true,
  };
}

/** @throws ConfigurationError with one message that names the key */
export function resolveLogging(input: unknown): LoggingOptions {
  const given = checkSection<LoggingOptions>('logging', input, {
    format: oneOf('text', 'json'),
    level: oneOf(...LOG_LEVELS),
  });
  return { format: given.format ?? 'text', level: given.level ?? 'debug' };
}
