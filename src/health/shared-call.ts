/**
 * One call at a time: who asks while a call is under way gets its answer. So probes that pile up while the database hangs
 * hold one connection of the host's pool, not all of them. A call that has hung for `patienceMs` is given up on, because
 * its connection may be lost for good.
 */
export function sharedCall<T>(call: () => Promise<T>, patienceMs: number): () => Promise<T> {
  let current: { readonly answer: Promise<T>; readonly since: number } | undefined;
  return () => {
    if (current && performance.now() - current.since < patienceMs) return current.answer;
    const mine = { answer: call(), since: performance.now() };
    current = mine;
    const forget = (): void => {
      if (current === mine) current = undefined;
    };
    mine.answer.then(forget, forget);
    return mine.answer;
  };
}
