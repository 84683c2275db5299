/** One request to a service, from its arrival to its answer, with the faults, delays and holds that it meets. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { describeRequest } from './describe.js';
import { ServiceError } from './errors.js';
import type { Fault, FaultQueue } from './faults.js';
import type { Holds } from './holds.js';
import type { OpenEntry, RequestEntry, RequestLog } from './request-log.js';
import type { SettingsStore } from './settings.js';
import type { Operation } from './user-pool.js';
import { errorAnswer, parseInput, readBody, send, serviceAnswer, type HttpAnswer } from './wire.js';

export interface ServiceRequestParts {
  /** By target prefix, such as `AWSCognitoIdentityService`, and operation. */
  services: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  log: RequestLog;
  faults: FaultQueue;
  holds: Holds;
  settings: SettingsStore;
  onRequest: ((entry: RequestEntry) => void) | undefined;
  /** Ends every wait when the server closes. */
  closed: AbortSignal;
}

/** Carries a request out. */
export type Perform = (entry: OpenEntry, body: string) => Promise<HttpAnswer>;

export class ServiceRequests {
  constructor(private readonly parts: ServiceRequestParts) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = String(request.headers['x-amz-target'] ?? '');
    const dot = target.indexOf('.');
    const name = target.slice(dot + 1);
    const operation = dot > 0 ? this.parts.services[target.slice(0, dot)]?.[name] : undefined;
    return this.serve(name, request, response, (entry, body) => this.perform(entry, operation, body));
  }

  /** One request that is logged under this name, however it is carried out. */
  async serve(
    name: string,
    request: IncomingMessage,
    response: ServerResponse,
    perform: Perform,
  ): Promise<void> {
    const body = await readBody(request);
    const startedMs = performance.now();
    const entry = this.parts.log.arrive(name || 'no operation', '');
    const fault = this.parts.faults.take(name);
    if (fault) entry.fault = fault.kind;
    try {
      const answer = await this.answer(fault, () => perform(entry, body), entry);
      await this.wait(name, fault);
      this.finish(response, entry, answer);
    } finally {
      // Never 0, which says that it isn't over.
      entry.tookMs = Math.max(0.1, Math.round((performance.now() - startedMs) * 10) / 10);
      this.parts.onRequest?.(entry);
    }
  }

  /** Undefined: close the connection without a word. */
  private async answer(
    fault: Fault | undefined,
    perform: () => Promise<HttpAnswer>,
    entry: OpenEntry,
  ): Promise<HttpAnswer | undefined> {
    switch (fault?.kind) {
      case 'drop':
        return undefined;
      case 'error': {
        const error = new ServiceError(
          fault.type,
          fault.message ?? 'A fault that was asked for',
          fault.status,
        );
        entry.errorType = error.type;
        return errorAnswer(error, fault.retryAfterSeconds);
      }
      case 'garbage':
        return garbage(fault);
      case 'lose-answer':
        await perform();
        return undefined;
      case 'delay':
      case undefined:
        return perform();
    }
  }

  private async perform(
    entry: OpenEntry,
    operation: Operation | undefined,
    body: string,
  ): Promise<HttpAnswer> {
    try {
      if (!operation)
        throw new ServiceError('UnknownOperationException', `There is no operation ${entry.operation}`);
      const input = parseInput(body);
      entry.summary = describeRequest(entry.operation, input);
      const metadata = input.ClientMetadata;
      if (typeof metadata === 'object' && metadata !== null) entry.clientMetadata = { ...metadata };
      return serviceAnswer(await operation(input));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      entry.errorType = error.type;
      entry.summary = `${entry.summary}: ${error.message}`;
      return errorAnswer(error);
    }
  }

  private async wait(operation: string, fault: Fault | undefined): Promise<void> {
    const { settings, holds, closed } = this.parts;
    if (fault?.kind === 'drop') return;
    const waitMs = settings.current.latencyMs + (fault?.kind === 'delay' ? fault.delayMs : 0);
    if (waitMs > 0) await delay(waitMs, undefined, { signal: closed });
    await holds.pass(operation);
  }

  private finish(response: ServerResponse, entry: OpenEntry, answer: HttpAnswer | undefined): void {
    if (response.destroyed || !answer) {
      response.destroy();
      return;
    }
    entry.status = answer.status;
    send(response, answer, this.parts.settings.nowMs());
  }
}

function garbage(fault: Fault & { kind: 'garbage' }): HttpAnswer {
  return {
    status: 200,
    headers: {
      'content-type': fault.contentType ?? 'text/html; charset=utf-8',
      'access-control-allow-origin': '*',
      'x-request-id': randomUUID(),
    },
    body:
      fault.body ?? '<!doctype html><title>Welcome</title><p>Please accept the terms of this network.</p>',
  };
}
