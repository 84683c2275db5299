/** The control API under `/_local/`, for the demo page: JSON, open to every origin. */
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parsePasskey } from './web-authn.js';
import { ServiceError } from './errors.js';
import type { LocalCognito } from './types.js';
import { parseFault, type Fault } from './faults.js';
import type { Hold } from './holds.js';
import type { Input } from './input.js';
import type { Settings } from './settings.js';
import { jsonAnswer, parseInput, readBody, type HttpAnswer } from './wire.js';

const LISTED_REQUESTS = 200;
const LISTED_CODES = 20;

const WAIT_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 10;

/** Something to wait for: so many requests of an operation at this stage. */
type Stage = 'arrived' | 'held' | 'accepted';

export interface Controlled {
  server: LocalCognito;
  settings: () => Settings;
  pendingFaults: () => Fault[];
  /** Made over this API, by operation. */
  holds: Map<string, Hold>;
}

export function stateOf({ server, settings, pendingFaults }: Controlled): Record<string, unknown> {
  return {
    settings: settings(),
    counts: server.counts(),
    accepted: server.accepted(),
    faults: pendingFaults(),
    requests: server.requests.slice(-LISTED_REQUESTS),
    codes: server.codes().slice(-LISTED_CODES),
    authenticators: server.authenticators(),
  };
}

/** Every change is answered with the new state; a bad one with 400 and a message. */
export async function answerControl(
  request: IncomingMessage,
  path: string,
  controlled: Controlled,
): Promise<HttpAnswer> {
  const { server, holds } = controlled;
  try {
    const body = parseInput(await readBody(request));
    switch (`${request.method} ${path}`) {
      case 'GET /_local/state':
        break;
      case 'POST /_local/settings':
        server.change(body);
        break;
      case 'POST /_local/faults':
        server.addFault(parseFault(body));
        break;
      case 'DELETE /_local/faults':
        server.clearFaults();
        break;
      case 'POST /_local/reset':
        server.reset();
        break;
      case 'POST /_local/clear-log':
        server.clearLog();
        break;
      case 'POST /_local/hold':
        holds.set(text(body, 'operation'), server.hold(text(body, 'operation')));
        break;
      case 'POST /_local/release':
        for (const hold of holds.values()) hold.release();
        break;
      case 'POST /_local/wait':
        await waitFor(body, controlled);
        break;
      case 'POST /_local/revoke-sessions':
        server.revokeUserSessions(text(body, 'username'));
        break;
      case 'GET /_local/refresh-tokens':
        return jsonAnswer(server.refreshTokens());
      case 'POST /_local/passkeys':
        server.addPasskey(text(body, 'username'), parsePasskey(body));
        break;
      case 'GET /_local/codes':
        return jsonAnswer(server.codes());
      default:
        return jsonAnswer({ message: `${request.method} ${path} is not part of the control API` }, 404);
    }
    return jsonAnswer(stateOf(controlled));
  } catch (error) {
    if (error instanceof RangeError || error instanceof ServiceError)
      return jsonAnswer({ message: error.message }, 400);
    throw error;
  }
}

function text(body: Input, member: string): string {
  const value = body[member];
  if (typeof value !== 'string') throw new RangeError(`${member} must be text`);
  return value;
}

/** Bounded, so that no page waits for ever. Throws RangeError when it did not come about. */
async function waitFor(body: Input, { server, holds }: Controlled): Promise<void> {
  const operation = text(body, 'operation');
  const stage = text(body, 'stage');
  const count = Number(body['count'] ?? 1);
  const reached: Record<Stage, () => number | undefined> = {
    arrived: () => server.counts()[operation],
    held: () => holds.get(operation)?.arrived,
    accepted: () => server.accepted()[operation],
  };
  if (!Object.hasOwn(reached, stage)) throw new RangeError('stage must be arrived, held or accepted');
  const look = reached[stage as Stage];
  const endAtMs = performance.now() + WAIT_LIMIT_MS;
  while ((look() ?? 0) < count) {
    if (performance.now() > endAtMs) {
      throw new RangeError(`${look() ?? 0} of ${count} ${operation} ${stage} in ${WAIT_LIMIT_MS / 1_000} s`);
    }
    await delay(LOOK_EVERY_MS);
  }
}
