/**
 * The floor for any call to a SharedWorker: it keeps one answer and posts it back to whoever asks.
 * The only rule is the numbering, so that the page can match answers.
 */
interface Ask {
  id: number;
  keep?: unknown;
}

let answer: unknown;

addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (!port) return;
  port.onmessage = ({ data }: MessageEvent<Ask>) => {
    if (data.keep !== undefined) answer = data.keep;
    port.postMessage({ id: data.id, answer });
  };
});
