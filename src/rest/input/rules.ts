import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import {
  Allow,
  IsBoolean,
  IsDefined,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateBy,
  type ValidationOptions,
} from 'class-validator';
import { parseInstant } from './instant.js';

/** The longest text that the tables hold. */
const MAX_TEXT = 128;

/** A message that completes a sentence begun by the field's name, and the code that stands for it. */
export function say(code: string, message: string, more: ValidationOptions = {}): ValidationOptions {
  return { message, context: { code }, ...more };
}

export const Required = (): PropertyDecorator => IsDefined(say('required', 'is required'));

/** May be left out, and null is as good as left out. */
export const Optional = (): PropertyDecorator => IsOptional();

/** Text that can be stored: of at most 128 characters or `max`, not blank, without NUL and without half a character. */
export function Text({ each = false, max = MAX_TEXT } = {}): PropertyDecorator {
  const of = (code: string, message: string) => say(code, message, { each });
  return applyDecorators(
    IsString(of('type', each ? 'must be text' : 'must be a single text')),
    Matches(/\S/, of('empty', 'must not be empty')),
    MaxLength(max, of('length', `must have at most ${max} characters`)),
    ValidateBy(
      { name: 'isStorable', validator: { validate: isStorable } },
      of('characters', 'must not contain NUL or half a character'),
    ),
  );
}

export function WholeNumber(min: number, max: number): PropertyDecorator {
  const message = `must be a whole number from ${min} to ${max}`;
  return applyDecorators(IsInt(say('type', message)), Min(min, say('range', message)), Max(max, say('range', message)));
}

/** The same in a query string, where a number is its digits and nothing else. */
export function WholeNumberText(min: number, max: number): PropertyDecorator {
  const read = ({ value }: { value: unknown }): unknown =>
    typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return applyDecorators(Transform(read), WholeNumber(min, max));
}

export function OneOf(values: readonly string[], { each = false } = {}): PropertyDecorator {
  return IsIn(values, say('enum', `must be one of ${values.join(', ')}`, { each }));
}

/** JSON's own true and false. */
export const Flag = (): PropertyDecorator => IsBoolean(say('type', 'must be true or false'));

/** The same in a query string: `true` or `false`. */
export function FlagText(): PropertyDecorator {
  const words: Readonly<Record<string, boolean>> = { true: true, false: false };
  const read = ({ value }: { value: unknown }): unknown =>
    typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : value;
  return applyDecorators(Transform(read), Flag());
}

/** Anything at all; the engine judges it. */
export const Anything = (): PropertyDecorator => Allow();

/** Text that {@link parseInstant} reads. */
export function Instant(): PropertyDecorator {
  const validate = (value: unknown): boolean => typeof value === 'string' && parseInstant(value) !== undefined;
  return ValidateBy(
    { name: 'isInstant', validator: { validate } },
    say('format', 'must be a date (2026-01-31) or an instant with its zone (2026-01-31T12:00:00Z)'),
  );
}

function isStorable(value: unknown): boolean {
  return typeof value === 'string' && !value.includes('\u0000') && value.isWellFormed();
}
