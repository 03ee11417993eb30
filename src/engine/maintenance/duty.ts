/** Something that has to be done again and again, by whichever process gets to it. */
export interface Duty {
  readonly name: string;
  readonly intervalMs: number;
  /**
   * One round. Several processes may start one at once: a duty sees to it that this is harmless.
   * @param signal aborted when the process stops: a long round ends at the next opportunity
   */
  run(signal: AbortSignal): Promise<void>;
}
