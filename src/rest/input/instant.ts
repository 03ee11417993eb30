const INSTANT = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|z|[+\- ]\d\d:?\d\d))?$/;

/**
 * Reads an instant as people write it: RFC 3339 with its zone, or a date alone, which is its first moment in UTC. What
 * has a time but no zone means different instants to different readers and is refused, as are days that do not exist.
 * A plus sign that a query string has turned into a space is read as the plus it was.
 */
export function parseInstant(text: string): Date | undefined {
  const match = INSTANT.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  const offset = zone
    .toUpperCase()
    .replace(' ', '+')
    .replace(/(\d\d):?(\d\d)$/, '$1:$2');
  const instant = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}${offset}`);
  if (Number.isNaN(instant.getTime()) || Number(day) > daysIn(Number(year), Number(month)) || hour === '24') {
    return undefined;
  }
  const utcYear = instant.getUTCFullYear();
  return utcYear >= 1 && utcYear <= 9999 ? instant : undefined;
}

function daysIn(year: number, month: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}
