import { type AuthOptions } from './auth/auth.options.js';
import { faultOfPattern } from './auth/permissions.js';
import { checkSection, invalid, listOf, type OptionRule, text } from './options-check.js';

const withMethod = (name: string): OptionRule => ({
  what: `a class, or an object with ${name}()`,
  fits: (v) => typeof v === 'function' || typeof (v as Record<string, unknown> | null)?.[name] === 'function',
});
const section: OptionRule = {
  what: 'an object',
  fits: (v) => typeof v === 'object' && v !== null && !Array.isArray(v),
};

/**
 * The `auth` option, or null when it is off.
 * @throws ConfigurationError with one message that names the key
 */
export function resolveAuth(input: unknown): AuthOptions | null {
  if (input === undefined || input === false) return null;
  const authenticator = withMethod('authenticate');
  const given = checkSection<AuthOptions>('auth', input, {
    authenticators: { what: 'a list', fits: Array.isArray },
    roles: section,
    adminRole: { what: 'text or false', fits: (v) => v === false || text.fits(v) },
    coordinator: withMethod('authorize'),
  });
  if (!given.authenticators?.length) {
    throw invalid('auth.authenticators', given.authenticators, 'a list of at least one authenticator');
  }
  given.authenticators.forEach((entry, index) => {
    // Only of what kind it is: there may be a secret in it.
    if (!authenticator.fits(entry)) {
      throw invalid(`auth.authenticators[${index}]`, typeof entry, authenticator.what);
    }
  });
  for (const key of ['roles', 'adminRole'] as const) {
    if (given.coordinator === undefined || given[key] === undefined) continue;
    throw invalid(`auth.${key}`, given[key], 'left out when "auth.coordinator" is given, which decides alone');
  }
  const patterns = listOf(text);
  for (const [role, granted] of Object.entries(given.roles ?? {})) {
    if (!patterns.fits(granted)) throw invalid(`auth.roles.${role}`, granted, 'a list of patterns such as "task.*"');
    granted.forEach((pattern, index) => {
      const fault = faultOfPattern(pattern);
      if (fault !== undefined) throw invalid(`auth.roles.${role}[${index}]`, pattern, `a pattern; this ${fault}`);
    });
  }
  return { ...given, authenticators: given.authenticators };
}
