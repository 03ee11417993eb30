import { type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validate, type ValidationError as Violation } from 'class-validator';
import { type FieldError, ValidationError } from '../../core/errors.js';
import { didYouMean } from '../../core/nearest-name.js';
import { MAX_FIELD_ERRORS } from '../../definitions/field-errors.js';
import { isPlainObject } from '../../definitions/plain-json.js';

/** A name that nobody gave to a field: longer ones are cut before they are shown or compared. */
const MAX_NAME = 64;
/** The sentence of the answer names this many fields; the list beside it has all. */
const MAX_NAMED = 5;

/**
 * Reads what a client sent into a DTO class and holds it against the class's rules. Independent of the host's pipes: the
 * controllers take raw values, so what a global ValidationPipe strips, forbids or converts never touches them.
 * @throws ValidationError naming every field that is unknown, missing or wrong
 */
export async function readInput<T extends object>(Dto: Type<T>, input: unknown): Promise<T> {
  if (!isPlainObject(input)) throw refused([{ path: '', code: 'type', message: 'must be a JSON object' }]);
  const fields = fieldsOf(Dto);
  const unknown = Object.keys(input)
    .filter((key) => !fields.has(key))
    .slice(0, MAX_FIELD_ERRORS);
  const dto = instantiate(Dto, input, fields);
  const violations = await validate(dto, { stopAtFirstError: true, forbidUnknownValues: false });
  const errors = [...violations.map(fieldError), ...unknown.map((key) => unknownField(key, fields))];
  if (errors.length > 0) throw refused(errors);
  return dto;
}

/** The refusal of a request, with a sentence for people and the list for programs. */
export function refused(errors: readonly FieldError[], code?: string): ValidationError {
  const named = errors.slice(0, MAX_NAMED).map(({ path, message }) => `${path || 'the body'} ${message}`);
  const more = errors.length > MAX_NAMED ? `; and ${errors.length - MAX_NAMED} more` : '';
  const sentence = `The request is not valid: ${named.join('; ')}${more}`;
  const listed = errors.slice(0, MAX_FIELD_ERRORS);
  return new ValidationError(/[.?]$/.test(sentence) ? sentence : `${sentence}.`, listed, code);
}

/** The fields that the class has rules for. */
function fieldsOf(Dto: Type): ReadonlySet<string> {
  const rules = getMetadataStorage().getTargetValidationMetadatas(Dto, '', false, false);
  return new Set(rules.map((rule) => rule.propertyName));
}

/**
 * class-transformer follows every value to its last leaf, which drops keys such as `constructor` and ends in a stack
 * overflow when a client nests deeply. So it gets what is flat; the rest is passed by untouched, for the rules to judge.
 */
function instantiate<T extends object>(Dto: Type<T>, input: Record<string, unknown>, fields: ReadonlySet<string>): T {
  const given = [...fields].filter((key) => Object.hasOwn(input, key)).map((key) => [key, input[key]] as const);
  const dto = plainToInstance(Dto, Object.fromEntries(given.filter(([, value]) => isFlat(value))));
  return Object.assign(dto, Object.fromEntries(given.filter(([, value]) => !isFlat(value))));
}

function isFlat(value: unknown): boolean {
  const isScalar = (item: unknown): boolean => typeof item !== 'object' || item === null;
  return Array.isArray(value) ? value.every(isScalar) : isScalar(value);
}

function fieldError({ property, constraints = {}, contexts = {} }: Violation): FieldError {
  const [rule = '', message = 'is not valid'] = Object.entries(constraints)[0] ?? [];
  const { code = 'invalid' } = (contexts[rule] ?? {}) as { code?: string };
  return { path: property, code, message };
}

function unknownField(key: string, fields: ReadonlySet<string>): FieldError {
  const path = key.length > MAX_NAME ? `${key.slice(0, MAX_NAME)}…` : key;
  const hint = didYouMean(path, fields);
  return { path, code: 'unknown', message: hint === '' ? 'is not known' : `is not known.${hint}` };
}
