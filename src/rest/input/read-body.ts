import { type Type, UnsupportedMediaTypeException } from '@nestjs/common';
import { readInput } from './read-input.js';

export type HttpHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Reads a body into a DTO class; where there is none, as `{}`. @throws ValidationError naming every field */
export async function readBody<T extends object>(Dto: Type<T>, body: unknown, headers: HttpHeaders): Promise<T> {
  requireJson(headers['content-type']);
  return readInput(Dto, body ?? {});
}

/** Forms are refused: a browser sends them from any site, with the cookies of this one. */
export function requireJson(contentType: HttpHeaders[string]): void {
  if (contentType === undefined || /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(String(contentType))) return;
  throw new UnsupportedMediaTypeException('The body is sent as JSON, with Content-Type: application/json.');
}
