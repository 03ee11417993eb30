/** `buildMetricName('shop.tasks.', 'completed')` is `shop.tasks.completed`. */
export function buildMetricName(base: string, type: string): string {
  return `${base}.${type}`.replace(/\.{2,}/g, '.');
}
