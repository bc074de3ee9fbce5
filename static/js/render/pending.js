/** Work that goes on after a flush: libraries on their way, formulas in the queue. `settled()` waits for all of it. */

/** @type {Set<Promise<unknown>>} */
const pending = new Set();

/**
 * @template T
 * @param {Promise<T>} work
 * @returns {Promise<T>} the same promise; a failure also reaches window.onerror, since nobody waits for the work
 */
export function track(work) {
  pending.add(work);
  work.then(
    () => pending.delete(work),
    (error) => {
      pending.delete(work);
      reportError(error);
    },
  );
  return work;
}

/** Resolves when nothing is on its way any more, done or failed. */
export async function settled() {
  while (pending.size) await Promise.allSettled(pending);
}
