/** AWS JSON 1.1 and CORS, as they look on the wire. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServiceError } from './errors.js';
import type { Input } from './input.js';

export const AMZ_JSON = 'application/x-amz-json-1.1';

const LARGEST_BODY_BYTES = 1_000_000;
const PREFLIGHT_LIFE_SECONDS = 172_800;

export interface HttpAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** What AWS lets a page of another origin read; `Retry-After` isn't in it, and is exposed only where a fault sets it. */
const EXPOSED_HEADERS = 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date';

export function serviceAnswer(body: Record<string, unknown> | undefined): HttpAnswer {
  return {
    status: 200,
    headers: { 'content-type': AMZ_JSON, ...identifiedHeaders() },
    body: body === undefined ? '' : JSON.stringify(body),
  };
}

export function errorAnswer({ type, message, status }: ServiceError, retryAfterSeconds?: number): HttpAnswer {
  const headers: Record<string, string> = {
    'content-type': AMZ_JSON,
    ...identifiedHeaders(
      retryAfterSeconds === undefined ? EXPOSED_HEADERS : `${EXPOSED_HEADERS},Retry-After`,
    ),
    'x-amzn-errortype': `${type}:`,
    'x-amzn-errormessage': headerText(message),
  };
  if (retryAfterSeconds !== undefined) headers['retry-after'] = String(retryAfterSeconds);
  return { status, headers, body: JSON.stringify({ __type: type, message }) };
}

function identifiedHeaders(exposed = EXPOSED_HEADERS): Record<string, string> {
  return {
    'x-amzn-requestid': randomUUID(),
    'access-control-allow-origin': '*',
    'access-control-expose-headers': exposed,
  };
}

/** A header can hold neither line breaks nor letters beyond Latin-1. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

export function preflightAnswer(request: IncomingMessage): HttpAnswer {
  return {
    status: 200,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
      'access-control-allow-headers': String(request.headers['access-control-request-headers'] ?? '*'),
      'access-control-max-age': String(PREFLIGHT_LIFE_SECONDS),
    },
    body: '',
  };
}

export function jsonAnswer(value: unknown, status = 200): HttpAnswer {
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'cache-control': 'no-store',
    },
    body: JSON.stringify(value),
  };
}

/**
 * Each connection serves one request. On a kept-alive one that breaks before the answer, a browser repeats the request
 * by itself (Chromium 156 does, a POST too), and a lost answer would not be lost.
 */
export function send(response: ServerResponse, answer: HttpAnswer, dateMs: number): void {
  response.writeHead(answer.status, {
    ...answer.headers,
    connection: 'close',
    date: new Date(dateMs).toUTCString(),
    'content-length': Buffer.byteLength(answer.body),
  });
  response.end(answer.body);
}

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY_BYTES)
      throw new ServiceError('RequestEntityTooLargeException', 'The request is too large', 413);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The members of a request. Throws SerializationException for anything but a JSON object. */
export function parseInput(body: string): Input {
  let value: unknown;
  try {
    value = JSON.parse(body === '' ? '{}' : body);
  } catch {
    throw new ServiceError('SerializationException', 'The request is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ServiceError('SerializationException', 'The request must be a JSON object');
  }
  return value as Input;
}
