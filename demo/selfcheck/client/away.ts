/** Another page, from which a client's tab comes back. */
import { channelName, type Order, type Report } from '../messages.js';

const { searchParams } = new URL(location.href);
const from = searchParams.get('name') ?? '';

// Shown again after a second visit, it is still there.
addEventListener('pageshow', () => {
  const channel = new BroadcastChannel(channelName(searchParams.get('run') ?? ''));
  channel.onmessage = ({ data }: MessageEvent<Order>) => {
    if (data.to !== from || data.command !== 'go back') return;
    const outcome = { ok: true, value: null, atMs: Date.now() } as const;
    channel.postMessage({ from, kind: 'answer', id: data.id, outcome } satisfies Report);
    channel.close();
    history.back();
  };
  channel.postMessage({ from, kind: 'here' } satisfies Report);
});
