/** Stops the page's clocks, so that a view that it holds stays under its lease while the page is away. */

/** @returns lets them run again */
export function stopClocks(): () => void {
  const { now } = Date;
  const monotonic = performance.now.bind(performance);
  const stopped = { wallMs: now(), monotonicMs: monotonic() };
  Date.now = () => stopped.wallMs;
  performance.now = () => stopped.monotonicMs;
  return () => {
    Date.now = now;
    performance.now = monotonic;
  };
}
