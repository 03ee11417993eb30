/** Under which names the wake-ups of a namespace are found, here and in a dashboard. */

export const DEFAULT_QUEUE_PREFIX = 'tasker';
export const DEFAULT_KEY_PREFIX = '{tasker}';

/**
 * The BullMQ queue with the wake-ups of a namespace.
 *
 * @example BullModule.registerQueue({ name: wakeupQueueName('ecommerce'), prefix: '{tasker}' }) // for a dashboard
 */
export function wakeupQueueName(namespace: string, queuePrefix: string = DEFAULT_QUEUE_PREFIX): string {
  // BullMQ parts its own keys by colons.
  return `${queuePrefix}-${namespace}`.replaceAll(':', '.');
}

/**
 * With the braces that keep all keys of a queue in one slot: BullMQ's scripts touch several at once, which a cluster
 * refuses when they are on different nodes.
 */
export function withHashTag(prefix: string): string {
  return /\{[^{}]+\}/.test(prefix) ? prefix : `{${prefix}}`;
}
