/**
 * Patterns of event names: segments parted by dots, where `*` stands for one segment and `**` for any number of them,
 * none included. `task.*` is every event of tasks, `**` every event there is.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  if (pattern === name || pattern === '**') return true;
  if (!pattern.includes('*')) return false;
  return matches(pattern.split('.'), name.split('.'), 0, 0);
}

export function isPattern(text: string): boolean {
  return text.includes('*');
}

function matches(pattern: readonly string[], name: readonly string[], p: number, n: number): boolean {
  if (p === pattern.length) return n === name.length;
  if (pattern[p] === '**') {
    for (let next = n; next <= name.length; next++) if (matches(pattern, name, p + 1, next)) return true;
    return false;
  }
  if (n === name.length) return false;
  return (pattern[p] === '*' || pattern[p] === name[n]) && matches(pattern, name, p + 1, n + 1);
}
