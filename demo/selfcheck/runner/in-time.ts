/** A bound on every wait. */

/** Rejects with `otherwise` unless the promise settles in time. */
export async function inTime<T>(promise: Promise<T>, boundMs: number, otherwise: () => string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise())), boundMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** For what only time brings about: that a token runs out. */
export function pass(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls back for each listener that looks, until the returned function is called. */
export interface Signal {
  listen(listener: () => void): () => void;
  fire(): void;
}

export function createSignal(): Signal {
  const listeners = new Set<() => void>();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    fire: () => listeners.forEach((listener) => listener()),
  };
}

/** Looks at each signal. Rejects with `otherwise` when the condition does not come about in time. */
export async function until(
  signal: Signal,
  condition: () => boolean,
  boundMs: number,
  otherwise: () => string,
): Promise<void> {
  if (condition()) return;
  let stop = (): void => undefined;
  const met = new Promise<void>((resolve) => {
    stop = signal.listen(() => condition() && resolve());
  });
  try {
    await inTime(met, boundMs, otherwise);
  } finally {
    stop();
  }
}
