/** Stands between the worker and the local Cognito and keeps what passes, so that a test knows the secrets. */
import { createServer, request as httpRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LocalCognito } from '../demo/local-cognito/server.js';

/** One call and its answer. */
export interface Exchange {
  operation: string;
  url: string;
  request: Record<string, unknown>;
  status: number;
  response: Record<string, unknown>;
}

/** A running wiretap. */
export interface Wiretap {
  /** What to give to `configure()` instead of the local Cognito's own endpoints. */
  readonly endpoints: { userPool: string; identityPool: string };
  readonly exchanges: readonly Exchange[];
  /** The exchanges of one operation, in the order of their answers. */
  of(operation: string): Exchange[];
  /** Every refresh token that the server has given out, oldest first. */
  refreshTokens(): string[];
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1 and passes everything on to `cognito`. */
export async function startWiretap(cognito: LocalCognito): Promise<Wiretap> {
  const exchanges: Exchange[] = [];
  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await read(incoming);
    const target = new URL(incoming.url ?? '/', cognito.url);
    const answer = await ask(target, incoming, body);
    const answerBody = await read(answer);
    const operation = String(incoming.headers['x-amz-target'] ?? '').replace(/^.*\./, '');
    if (operation !== '') {
      exchanges.push({
        operation,
        url: target.href,
        request: parse(body),
        status: answer.statusCode ?? 0,
        response: parse(answerBody),
      });
    }
    // A browser repeats by itself a request that fails on a connection used before.
    outgoing.writeHead(answer.statusCode ?? 502, { ...answer.headers, connection: 'close' }).end(answerBody);
  };
  const server = createServer((incoming, outgoing) => {
    // A connection that the local Cognito cuts is cut here too.
    pass(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const through = (endpoint: string): string => {
    const url = new URL(endpoint);
    return `http://127.0.0.1:${port}${url.pathname === '/' ? '' : url.pathname}`;
  };
  return {
    endpoints: {
      userPool: through(cognito.config.endpoints.userPool),
      identityPool: through(cognito.config.endpoints.identityPool),
    },
    exchanges,
    of: (operation) => exchanges.filter((exchange) => exchange.operation === operation),
    refreshTokens: () =>
      exchanges.flatMap(({ response }) => {
        const result = response['AuthenticationResult'] as { RefreshToken?: string } | undefined;
        return result?.RefreshToken === undefined ? [] : [result.RefreshToken];
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Asks the server itself whether a refresh token still works. */
export async function refreshWith(
  cognito: LocalCognito,
  refreshToken: string,
): Promise<{ status: number; type: string }> {
  const answer = await fetch(cognito.config.endpoints.userPool, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.GetTokensFromRefreshToken',
    },
    body: JSON.stringify({ ClientId: cognito.config.userPoolClientId, RefreshToken: refreshToken }),
  });
  const body = parse(Buffer.from(await answer.arrayBuffer()));
  return { status: answer.status, type: ((body['__type'] as string | undefined) ?? '').replace(/^.*#/, '') };
}

function ask(target: URL, { method, headers }: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { method, headers: { ...headers, host: target.host }, agent: false as const };
    httpRequest(target, options, resolve).on('error', reject).end(body);
  });
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
