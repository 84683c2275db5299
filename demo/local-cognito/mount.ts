/** Local Cognitos below a path of another server's: any number, each with a state of its own. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createLocalCognito, type Handle } from './create.js';
import type { LocalCognito, LocalCognitoOptions } from './types.js';
import { jsonAnswer, send, type HttpAnswer } from './wire.js';

/** A page that is closed in the middle deletes nothing: then the oldest one has to go. */
const MOST_COGNITOS = 8;

export interface MountedCognitos {
  /**
   * `POST <prefix>/` makes one and answers with its `id` and its `config`, which lacks the endpoints: `<prefix>/<id>`, on
   * whatever origin the page sees this server. `DELETE <prefix>/<id>` ends it.
   * @returns false for a request that is for none of them
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  close(): Promise<void>;
}

/** @param prefix begins with a slash and ends without one */
export function mountLocalCognitos(prefix: string, options: LocalCognitoOptions): MountedCognitos {
  const live = new Map<string, { cognito: LocalCognito; handle: Handle }>();

  async function create(): Promise<HttpAnswer> {
    const id = randomUUID();
    // A page keeps sessions by the app client's id, so each Cognito has another one.
    const clientId = id.replaceAll('-', '').slice(0, 26);
    const created = await createLocalCognito(
      { ...options, clientId },
      { url: () => `${prefix}/${id}`, close: () => Promise.resolve() },
    );
    live.set(id, created);
    const [oldest] = live.keys();
    if (live.size > MOST_COGNITOS && oldest !== undefined) await end(oldest);
    const { endpoints: _unknown, ...config } = created.cognito.config;
    return jsonAnswer({ id, config });
  }

  async function end(id: string): Promise<HttpAnswer> {
    const ended = live.get(id);
    live.delete(id);
    await ended?.cognito.close();
    return jsonAnswer({});
  }

  function answer(asked: string, id: string): Promise<HttpAnswer> {
    if (asked === 'POST /' && id === '') return create();
    if (asked === 'DELETE /' && live.has(id)) return end(id);
    return Promise.resolve(jsonAnswer({ message: `${asked} is for no Cognito that is here` }, 404));
  }

  return {
    handle(request, response) {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (!pathname.startsWith(`${prefix}/`)) return false;
      const [id = '', ...rest] = pathname.slice(prefix.length + 1).split('/');
      const path = `/${rest.join('/')}`;
      const asked = `${request.method} ${path}`;
      const mounted = live.get(id);
      if (mounted && asked !== 'DELETE /') mounted.handle(request, response, path);
      else void answer(asked, id).then((given) => send(response, given, Date.now()));
      return true;
    },
    async close() {
      await Promise.all([...live.keys()].map(end));
    },
  };
}
