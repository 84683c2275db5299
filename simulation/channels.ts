/** Broadcast channels: what one posts reaches all others, each in the order of its sender. */
import type { Channel } from '../worker/deps.js';
import type { Realm } from './realm.js';
import type { Scheduler } from './scheduler.js';

interface Member {
  realm: Realm;
  name: string;
  listeners: ((message: unknown) => void)[];
  isOpen: boolean;
}

/** An open channel object of one realm. */
export interface OpenChannel extends Channel {
  close(): void;
}

export class Channels {
  private readonly members = new Set<Member>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly overhear: (from: Realm | undefined, message: unknown) => void,
  ) {}

  open(name: string, realm: Realm): OpenChannel {
    const member: Member = { realm, name, listeners: [], isOpen: true };
    const close = (): void => {
      member.isOpen = false;
      this.members.delete(member);
    };
    this.members.add(member);
    realm.onEnd(close);
    return {
      close,
      listen: (listener) => void member.listeners.push(listener),
      post: (message) => {
        if (member.isOpen) this.broadcast(message, name, member);
      },
    };
  }

  /** A script of the origin that is none of ours, or of a version yet to come, posts something. */
  forge(name: string, message: unknown): void {
    this.broadcast(message, name);
  }

  private broadcast(message: unknown, name: string, sender?: Member): void {
    this.overhear(sender?.realm, message);
    for (const member of this.members) {
      if (member === sender || member.name !== name) continue;
      const copy: unknown = structuredClone(message);
      this.scheduler.post({
        realm: member.realm,
        lane: laneOf(member, sender),
        label: `news to ${member.realm.name}`,
        run: () => {
          if (member.isOpen) for (const listener of member.listeners) listener(copy);
        },
      });
    }
  }
}

const lanes = new WeakMap<Member, Map<Member | undefined, symbol>>();

function laneOf(member: Member, sender: Member | undefined): symbol {
  const known = lanes.get(member) ?? new Map<Member | undefined, symbol>();
  lanes.set(member, known);
  const lane = known.get(sender) ?? Symbol('lane');
  known.set(sender, lane);
  return lane;
}
