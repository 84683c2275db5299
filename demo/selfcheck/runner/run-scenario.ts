/** Runs one scenario with a Cognito, an app client and clients of its own, and clears away what it leaves. */
import { scopeName } from '../../../worker/contract.js';
import { CannotBeTried, type Client, type ClientOptions, type Kit, type Scenario } from '../kit.js';
import { createCognito } from './cognito.js';
import { openClient } from './clients.js';
import { inTime, pass } from './in-time.js';
import {
  eraseDatabase,
  forget,
  holdDatabase,
  putBack,
  readRecords,
  rememberNumber,
  type Records,
} from './origin-store.js';
import type { Places } from './places.js';
import type { Post } from './post.js';

const SCENARIO_LIMIT_MS = 45_000;

export type State = 'kept' | 'broken' | 'cannot be tried here';

export interface Result {
  title: string;
  state: State;
  /** What was expected and seen, or why it was not possible. */
  detail?: string;
  notes: string[];
  tookMs: number;
}

export interface Runner {
  run(scenario: Scenario): Promise<Result>;
  /** For a look that is no scenario. Rejects as the work does. */
  use(work: (kit: Kit) => Promise<void>): Promise<void>;
}

export function createRunner(post: Post, places: Places): Runner {
  let lastClient = 0;

  async function run({ title, run: runScenario }: Scenario): Promise<Result> {
    const startedAtMs = performance.now();
    const notes: string[] = [];
    let failure: { error: unknown } | undefined;
    const late = (): string => `This did not end in ${SCENARIO_LIMIT_MS / 1_000} s`;
    try {
      await use((kit) => inTime(runScenario(kit), SCENARIO_LIMIT_MS, late), notes);
    } catch (error) {
      failure = { error };
    }
    return {
      title,
      state: stateOf(failure),
      ...(failure && {
        detail: failure.error instanceof Error ? failure.error.message : String(failure.error),
      }),
      notes,
      tookMs: Math.round(performance.now() - startedAtMs),
    };
  }

  async function use(work: (kit: Kit) => Promise<void>, notes: string[] = []): Promise<void> {
    const { kit, clearAway } = await setUp(notes);
    try {
      await work(kit);
    } catch (error) {
      // What was found counts for more than what could not be cleared away.
      await clearAway().catch(() => undefined);
      throw error;
    }
    await clearAway();
  }

  async function setUp(notes: string[]): Promise<{ kit: Kit; clearAway(): Promise<void> }> {
    const cognito = await createCognito();
    const channel = new BroadcastChannel(scopeName(cognito.config));
    const broadcasts: unknown[] = [];
    channel.onmessage = ({ data }: MessageEvent<unknown>) => broadcasts.push(data);
    const setNumberBack = rememberNumber();
    const open = new Map<string, Promise<Client>>();
    let erased: Records | undefined;

    async function openOne(options: ClientOptions = {}): Promise<Client> {
      const name = `Client ${(lastClient += 1)}`;
      const opening = openClient({ post, places, config: cognito.config, name }, options);
      open.set(name, opening);
      const client = await opening;
      return {
        ...client,
        get events() {
          return client.events;
        },
        async close() {
          open.delete(name);
          await client.close();
        },
      };
    }

    const kit: Kit = {
      cognito,
      open: openOne,
      async openSeveral(count, options) {
        const clients = await Promise.all(Array.from({ length: count }, () => openOne(options)));
        return clients as [Client, ...Client[]];
      },
      note: (text) => notes.push(text),
      async eraseDatabase() {
        erased = await readRecords();
        await eraseDatabase();
      },
      holdDatabase,
      pass,
      broadcasts,
      freshName: `selfcheck-${cognito.config.userPoolClientId}`,
    };

    return {
      kit,
      async clearAway() {
        channel.close();
        await cognito.release().catch(() => undefined);
        const closings = [...open.values()].map((opening) =>
          opening.then(
            (client) => client.close(),
            // The scenario knows already.
            () => undefined,
          ),
        );
        const closed = await Promise.allSettled(closings);
        // A worker that outlives its tabs finds nobody there.
        await cognito.end();
        if (erased) await putBack(erased);
        await forget(cognito.config.userPoolClientId);
        setNumberBack();
        const failure = closed.find(({ status }) => status === 'rejected');
        if (failure) throw (failure as PromiseRejectedResult).reason;
      },
    };
  }

  return { run, use: (work) => use(work) };
}

function stateOf(failure: { error: unknown } | undefined): State {
  if (!failure) return 'kept';
  return failure.error instanceof CannotBeTried ? 'cannot be tried here' : 'broken';
}
