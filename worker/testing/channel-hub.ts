/** A BroadcastChannel in memory: what one posts reaches all others, later, as a structured clone. */
import type { Channel, ChannelMessage } from '../deps.js';

export interface ChannelHub {
  join(): Channel;
  /** A script of the origin that is none of ours posts something. */
  forge(message: unknown): void;
  /** Everything that was posted, by anybody of ours. */
  readonly posted: ChannelMessage[];
}

export function createChannelHub(): ChannelHub {
  const members = new Map<Channel, ((message: unknown) => void)[]>();
  const posted: ChannelMessage[] = [];

  function deliver(message: unknown, sender?: Channel): void {
    for (const [member, listeners] of members) {
      if (member === sender) continue;
      const copy: unknown = structuredClone(message);
      void Promise.resolve().then(() => listeners.forEach((listener) => listener(copy)));
    }
  }

  return {
    posted,
    forge: (message) => deliver(message),
    join() {
      const listeners: ((message: unknown) => void)[] = [];
      const channel: Channel = {
        post(message) {
          posted.push(structuredClone(message));
          deliver(message, channel);
        },
        listen: (listener) => void listeners.push(listener),
      };
      members.set(channel, listeners);
      return channel;
    },
  };
}
