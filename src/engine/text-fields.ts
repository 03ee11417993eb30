import { type FieldError, ValidationError } from '../core/errors.js';

/** What keeps a value from being stored as text of 1 to `max` characters; undefined when nothing does. */
export function textFault(value: unknown, max: number): Omit<FieldError, 'path'> | undefined {
  if (typeof value !== 'string') return { code: 'type', message: 'must be text' };
  if (value.trim() === '') return { code: 'empty', message: 'must not be empty' };
  if (value.length > max) return { code: 'length', message: `must have at most ${max} characters` };
  if (isStorable(value)) return undefined;
  return { code: 'characters', message: 'must not contain NUL or half a character' };
}

/**
 * Refuses what is not text of 1 to `max` characters; a field that is undefined is left out.
 * @throws ValidationError naming every field
 */
export function requireTexts(max: number, fields: Readonly<Record<string, unknown>>): void {
  const errors = Object.entries(fields).flatMap(([path, value]): FieldError[] => {
    const fault = value === undefined ? undefined : textFault(value, max);
    return fault ? [{ path, ...fault }] : [];
  });
  if (errors.length === 0) return;
  throw new ValidationError(`${errors.map(({ path, message }) => `${path} ${message}`).join('; ')}.`, errors);
}

/** False for what PostgreSQL refuses: NUL characters and halves of characters. */
export function isStorable(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}
