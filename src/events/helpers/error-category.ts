export type ErrorCategory =
  | 'unknown'
  | 'timeout'
  | 'network'
  | 'not_found'
  | 'auth'
  | 'rate_limit'
  | 'client_error'
  | 'server_error'
  | 'runtime'
  | 'other';

/** The first that fits wins. */
const OF_CLASS: readonly (readonly [ErrorCategory, RegExp])[] = [
  ['timeout', /timeout/i],
  ['network', /connection|network/i],
  ['not_found', /notfound|missing|404/i],
  ['auth', /unauthorized|forbidden|401|403/i],
  ['rate_limit', /ratelimit|toomanyrequests|429/i],
  ['client_error', /badrequest|invalid|400/i],
  ['server_error', /servererror|internalerror|500/i],
  ['runtime', /standarderror|runtimeerror|^(error|retryableerror|permanenterror)$/i],
];

/** Codes of Node, of HTTP and of applications. */
const OF_CODE: readonly (readonly [ErrorCategory, RegExp])[] = [
  ['timeout', /time_?d?_?out|^(408|504)$/i],
  ['network', /^(ECONN|ENET|EHOST|ENOTFOUND|EPIPE|EAI_|UND_ERR_SOCKET)|connection|network/i],
  ['not_found', /not_?found|missing|^(404|410)$/i],
  ['auth', /unauthorized|forbidden|^(401|403)$/i],
  ['rate_limit', /rate_?limit|too_?many_?requests|^429$/i],
  ['client_error', /bad_?request|invalid|^4\d\d$/i],
  ['server_error', /server_?error|internal_?error|^5\d\d$/i],
];

/**
 * What kind of error it was, for the tag of a metric: by the name of its class, and where that says little
 * (`RetryableError`, `FetchError`) by its code, such as `ECONNRESET`, `503` or `INVALID_CARD`.
 */
export function errorCategory(errorClass: string | null | undefined, errorCode?: string | null): ErrorCategory {
  const ofCode = errorCode ? first(OF_CODE, errorCode) : undefined;
  if (!errorClass?.trim()) return ofCode ?? 'unknown';
  const ofClass = first(OF_CLASS, errorClass) ?? 'other';
  const saysLittle = ofClass === 'other' || ofClass === 'runtime';
  return saysLittle ? (ofCode ?? ofClass) : ofClass;
}

function first(table: typeof OF_CLASS, text: string): ErrorCategory | undefined {
  return table.find(([, pattern]) => pattern.test(text))?.[0];
}
