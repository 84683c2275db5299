/** A later version of the app, as far as an older one meets it: in the record, and on the channel. */
import { PROTOCOL_VERSION, type News } from '../worker/contract.js';
import type { Channel, SessionRecord } from '../worker/deps.js';
import type { BackingStore } from '../worker/store.js';

interface Future {
  future?: string;
}

/** Fields that only the later version knows. */
export function futureFieldsOf(record: SessionRecord): { record?: string; session?: string } {
  const { future } = record as Future;
  const session = (record.session as Future | undefined)?.future;
  return { ...(future !== undefined && { record: future }), ...(session !== undefined && { session }) };
}

/** Writes records of version 2, with fields that version 1 does not know. */
export function withVersionTwoRecords(backing: BackingStore): BackingStore {
  return {
    ...backing,
    update: (key, change) =>
      backing.update(key, (raw) => {
        const { record, ...rest } = change(raw);
        if (!record) return rest;
        const session = record.session && { ...record.session, future: 'kept' };
        return { ...rest, record: { ...record, v: 2, future: 'kept', ...(session && { session }) } };
      }),
  };
}

/** Says things that version 1 does not know, and what it knows in another protocol version. */
export function withVersionTwoNews(channel: Channel): Channel {
  return {
    listen: (listener) => channel.listen(listener),
    post(message) {
      channel.post({ type: 'heartbeat', instanceId: message.instanceId } as unknown as News);
      channel.post({ ...message, protocolVersion: PROTOCOL_VERSION + 1 } as typeof message);
    },
  };
}
