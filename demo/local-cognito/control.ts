/** The control API under `/_local/`, for the demo page: JSON, open to every origin. */
import type { IncomingMessage } from 'node:http';
import { ServiceError } from './errors.js';
import type { LocalCognito } from './types.js';
import { parseFault, type Fault } from './faults.js';
import type { Settings } from './settings.js';
import { jsonAnswer, parseInput, readBody, type HttpAnswer } from './wire.js';

const LISTED_REQUESTS = 200;

export interface Controlled {
  server: LocalCognito;
  settings: () => Settings;
  pendingFaults: () => Fault[];
}

export function stateOf({ server, settings, pendingFaults }: Controlled): Record<string, unknown> {
  return {
    settings: settings(),
    counts: server.counts(),
    accepted: server.accepted(),
    faults: pendingFaults(),
    requests: server.requests.slice(-LISTED_REQUESTS),
  };
}

/** Every change is answered with the new state; a bad one with 400 and a message. */
export async function answerControl(
  request: IncomingMessage,
  path: string,
  controlled: Controlled,
): Promise<HttpAnswer> {
  const { server } = controlled;
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
