/** How the tabs of the demo talk to each other. It is apart from the session's own channel, and carries no token. */

/** What a tab tells about itself. */
export interface TabInfo {
  /** Random, new with each load of the page. */
  id: string;
  number: number;
  visible: boolean;
  /** When it last got the session from the worker; 0 before the first time. */
  sessionSeenAtMs: number;
  /** The mark of the access token that it holds; undefined when signed out. */
  tokenMark?: string | undefined;
}

/** All that goes over the channel. */
export type TabMessage =
  | { kind: 'who' }
  | { kind: 'here'; tab: TabInfo }
  | { kind: 'gone'; id: string }
  | { kind: 'refresh'; roundId: string }
  | { kind: 'refreshed'; roundId: string; id: string; tokenMark?: string; errorName?: string };

/** This page's end of the channel. */
export interface TabChannel {
  /** Does nothing while the channel is closed. */
  send(message: TabMessage): void;
  /** For as long as the page lives, through closing and opening. */
  listen(listener: (message: TabMessage) => void): void;
  open(): void;
  close(): void;
}

const KINDS: readonly string[] = [
  'who',
  'here',
  'gone',
  'refresh',
  'refreshed',
] satisfies TabMessage['kind'][];

/** A channel that is open. */
export function openTabChannel(): TabChannel {
  const listeners: ((message: TabMessage) => void)[] = [];
  let channel: BroadcastChannel | undefined;

  function open(): void {
    if (channel) return;
    channel = new BroadcastChannel('cognito-session-worker-demo');
    channel.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (isTabMessage(data)) for (const listener of listeners) listener(data);
    });
  }

  open();
  return {
    send: (message) => channel?.postMessage(message),
    listen: (listener) => void listeners.push(listener),
    open,
    close() {
      channel?.close();
      channel = undefined;
    },
  };
}

/** A tab with another version of the page may be open: what it says is looked at before it is believed. */
function isTabMessage(data: unknown): data is TabMessage {
  return typeof data === 'object' && data !== null && 'kind' in data && KINDS.includes(String(data.kind));
}
