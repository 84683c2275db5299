/** What this runtime knows: the state, kept in step with the store, and the news that goes out when it changes. */
import { PROTOCOL_VERSION, type NewsEvent } from './contract.js';
import type { Change, Deps, SessionRecord } from './deps.js';
import { withLastUser } from './record.js';
import { shareRuns } from './shared-run.js';
import { revisionOf, transition, type State, type StateEvent } from './state.js';
import { readTokens, type LiveTokens } from './tokens.js';

export interface Knowledge {
  readonly state: State;
  /** Changes the record in one transaction, and takes over what it then says. */
  update<T>(change: (record: SessionRecord) => Change<T>): Promise<T>;
  /** Takes over what the store says. */
  read(): Promise<SessionRecord>;
  /** Takes over what the store says, and tells of what nobody has told. */
  look(): Promise<SessionRecord>;
  /** Tells of what nobody has told. */
  makeUp(): void;
  /** There was news of this revision. */
  hear(revision: number): void;
  startSignOut(): void;
  /** Tells every tab and runtime. Only after the change is stored. */
  publish(event: NewsEvent): void;
}

/** For the log. */
const TOLD: Readonly<Record<NewsEvent['type'], string>> = {
  signedIn: 'Signed in.',
  signedOut: 'Signed out.',
  tokenRefresh: 'The tokens were refreshed.',
  tokenRefresh_failure: 'The refresh was given up for now.',
  sessionEnding: 'The session is about to end.',
  changed: 'The session changed.',
};

/** @param onRecovered Called when the store works again, and has been told of what happened in memory meanwhile. */
export function createKnowledge(deps: Deps, onChange: () => void, onRecovered: () => void): Knowledge {
  const isUserKept = deps.config.rememberLastUser === true;
  let state: State = { type: 'restoring' };
  /** The latest revision that there was news of, from here or from another runtime. */
  let toldRevision = 0;

  function apply(event: StateEvent): void {
    const before = state;
    state = transition(state, event);
    if (state !== before) onChange();
  }

  function takeOver(record: SessionRecord): void {
    const isFirst = state.type === 'restoring';
    if (isFirst && deps.store.isUnknown) return;
    const tokens = record.session && tokensOf(record.session);
    apply({ type: 'record-read', record, ...(tokens && { tokens }), isUserKept });
    if (isFirst) hear(record.revision);
  }

  /** The same tokens keep the count of their age. */
  function tokensOf(session: NonNullable<SessionRecord['session']>): LiveTokens | undefined {
    const known = state.type === 'signed-in' ? state.tokens : undefined;
    if (known?.accessToken === session.accessToken) return known;
    return readTokens(session, deps.clock, state.type === 'restoring');
  }

  async function update<T>(change: (record: SessionRecord) => Change<T>, isLook = false): Promise<T> {
    const { health } = deps.store;
    const { result, record } = await deps.store.update((base) => {
      const { result, record } = change(base);
      if (!record) return { result: { result, record: base } };
      const next = withLastUser(base, record, isUserKept);
      return { record: next, result: { result, record: next } };
    }, isLook);
    takeOver(record);
    // What was done in memory while the store failed is where all can see it now.
    if (health.storageError !== undefined && deps.store.health.storageError === undefined) {
      makeUp();
      onRecovered();
    }
    return result;
  }

  /** A flood of news, or of calls that want a later revision, must not stand in the store's way. */
  const read = shareRuns(() => update<SessionRecord>((record) => ({ result: record }), true));

  function hear(revision: number): void {
    toldRevision = Math.max(toldRevision, revision);
  }

  function makeUp(): void {
    // What the change was is for each page to see from what it told last.
    if (revisionOf(state) > toldRevision) publish({ type: 'changed' });
  }

  function publish(event: NewsEvent): void {
    const revision = revisionOf(state);
    hear(revision);
    deps.log('info', TOLD[event.type], 'reason' in event ? { reason: event.reason } : undefined);
    deps.channel.post({
      type: 'news',
      protocolVersion: PROTOCOL_VERSION,
      instanceId: deps.instanceId,
      revision,
      event,
    });
  }

  return {
    get state() {
      return state;
    },
    update: (change) => update(change),
    read,
    async look() {
      const record = await read();
      makeUp();
      return record;
    },
    makeUp,
    hear,
    startSignOut: () => apply({ type: 'sign-out-started' }),
    publish,
  };
}
