/** The way to the service: each request arrives in one step and is answered in another, unless something happens to it. */
import { REVOKE_TIMEOUT_MS, REQUEST_TIMEOUT_MS } from '../worker/bounds.js';
import { CognitoFailure, type Cognito, type TokenAnswer } from '../worker/deps.js';
import { toFailure } from '../worker/failures.js';
import { withTimeout } from '../worker/patience.js';
import { ServiceError } from '../demo/local-cognito/errors.js';
import type { Realm } from './realm.js';
import type { Scheduler } from './scheduler.js';
import type { UserDirectory } from './user-directory.js';

/** What happens to one request. */
export type RequestFault =
  /** It does not arrive, and the connection breaks. */
  | { kind: 'dropped' }
  /** It arrives, and the connection breaks before the answer. */
  | { kind: 'answer-lost' }
  /** It arrives, and nobody hears of it again. */
  | { kind: 'silent' }
  | { kind: 'late'; byMs: number }
  /** The browser sends it twice by itself: a kept-alive connection broke. The answer is the second one's. */
  | { kind: 'doubled' }
  | { kind: 'refused'; name: string; status: number; retryAfterMs?: number }
  /** A captive portal answers in the service's place. */
  | { kind: 'garbled' };

export type Operation = 'initiateAuth' | 'refresh' | 'revoke' | 'identityId' | 'credentials';

export interface ServiceHooks {
  onSent(realm: Realm, operation: Operation, input: string): void;
  /** A refresh reaches the service. `isDouble`: the browser repeated it. */
  onRefreshArrived(realm: Realm, refreshToken: string, isDouble: boolean): void;
  /** New tokens reach the realm that asked for them. */
  onRefreshed(realm: Realm, tokens: TokenAnswer): void;
  onFault(fault: RequestFault['kind']): void;
}

export class Service {
  isOffline = false;
  private readonly faults: { operation: Operation; fault: RequestFault }[] = [];

  constructor(
    private readonly scheduler: Scheduler,
    private readonly users: UserDirectory,
    private readonly hooks: ServiceHooks,
  ) {}

  /** The next request of this kind has this happen to it. */
  addFault(operation: Operation, fault: RequestFault): void {
    this.faults.push({ operation, fault });
  }

  clearFaults(): void {
    this.faults.length = 0;
  }

  /** For one realm. */
  of(realm: Realm): Cognito {
    const { users } = this;
    return {
      initiateAuth: ({ parameters }) =>
        this.request(realm, 'initiateAuth', '', REQUEST_TIMEOUT_MS, () => ({
          type: 'tokens',
          tokens: users.signIn(parameters['USERNAME'] ?? ''),
        })),
      respondToChallenge: () => Promise.reject(new Error('Nobody is challenged here.')),
      associateSoftwareToken: () => Promise.reject(new Error('Nobody is challenged here.')),
      confirmDevice: () => Promise.reject(new Error('No device is remembered here.')),
      verifySoftwareToken: () => Promise.reject(new Error('Nobody is challenged here.')),
      refresh: ({ refreshToken, timeoutMs }) =>
        this.request(realm, 'refresh', refreshToken, timeoutMs, () => users.refresh(refreshToken)),
      revoke: (refreshToken) =>
        this.request(realm, 'revoke', refreshToken, REVOKE_TIMEOUT_MS, () => users.revoke(refreshToken)),
      globalSignOut: () => Promise.reject(new Error('Nobody signs out globally here.')),
      exchangeCode: () => Promise.reject(new Error('Nobody comes back from another page here.')),
      account: () => Promise.reject(new Error('Nobody asks about an account here.')),
      identityId: (logins) =>
        this.request(realm, 'identityId', tokensIn(logins), REQUEST_TIMEOUT_MS, () =>
          users.identityId(this.userOf(logins)),
        ),
      credentials: (identityId, logins) =>
        this.request(realm, 'credentials', tokensIn(logins), REQUEST_TIMEOUT_MS, () =>
          users.credentials(identityId, this.userOf(logins)),
        ),
    };
  }

  private userOf(logins: Record<string, string> | undefined): string | undefined {
    const [idToken] = Object.values(logins ?? {});
    if (idToken === undefined) return undefined;
    const issued = this.users.issuedBy(idToken);
    if (!issued) throw new ServiceError('NotAuthorizedException', 'Invalid login token.');
    if (issued.expiresAtMs <= this.scheduler.trueMs)
      throw new ServiceError('NotAuthorizedException', 'Invalid login token. Token expired: 2 >= 1');
    return issued.userId;
  }

  private async request<T>(
    realm: Realm,
    operation: Operation,
    input: string,
    timeoutMs: number,
    perform: () => T,
  ): Promise<T> {
    const { scheduler } = this;
    const time = { clock: scheduler.clock, timers: scheduler.timersOf(realm) };
    this.hooks.onSent(realm, operation, input);
    try {
      return await withTimeout(
        timeoutMs,
        time,
        (signal) =>
          new Promise<T>((resolve, reject) =>
            this.send({ realm, operation, input, perform, resolve, reject, signal }),
          ),
      );
    } catch (error) {
      throw toFailure(error, error instanceof DOMException && error.name === 'TimeoutError');
    }
  }

  private send<T>({ realm, operation, input, perform, resolve, reject, signal }: Sent<T>): void {
    const { scheduler, hooks } = this;
    const fault = this.takeFault(operation);
    if (fault) hooks.onFault(fault.kind);

    const inRealm = (label: string, run: () => void): void =>
      scheduler.post({ realm, label: `${label} of ${operation} to ${realm.name}`, run });
    const breakConnection = (): void => inRealm('broken connection', () => reject(new TypeError('fetch')));
    const arrive = (isDouble = false): (() => void) => {
      if (operation === 'refresh') hooks.onRefreshArrived(realm, input, isDouble);
      try {
        const value = perform();
        return () => {
          if (operation === 'refresh' && !signal.aborted) hooks.onRefreshed(realm, value as TokenAnswer);
          resolve(value);
        };
      } catch (error) {
        if (!(error instanceof ServiceError)) throw error;
        return () => {
          reject(refusal(error.type, error.message, error.status));
        };
      }
    };
    const onTheWay = (run: () => void): void =>
      scheduler.post({ origin: realm, label: `arrival of ${operation} from ${realm.name}`, run });

    if (this.isOffline) return breakConnection();
    switch (fault?.kind) {
      case undefined:
        return onTheWay(() => inRealm('answer', arrive()));
      case 'dropped':
        return breakConnection();
      case 'answer-lost':
        return onTheWay(() => {
          arrive();
          breakConnection();
        });
      case 'silent':
        return onTheWay(() => void arrive());
      case 'late':
        return onTheWay(() => {
          const answer = arrive();
          scheduler.timersOf().after(fault.byMs, () => inRealm('late answer', answer));
        });
      case 'doubled':
        return onTheWay(() => {
          arrive();
          onTheWay(() => inRealm('answer', arrive(true)));
        });
      case 'refused':
        return inRealm('refusal', () =>
          reject(refusal(fault.name, fault.name, fault.status, fault.retryAfterMs)),
        );
      case 'garbled':
        return inRealm('garbled answer', () => reject(new SyntaxError('Unexpected token <')));
    }
  }

  private takeFault(operation: Operation): RequestFault | undefined {
    const index = this.faults.findIndex((entry) => entry.operation === operation);
    return index < 0 ? undefined : this.faults.splice(index, 1)[0]?.fault;
  }
}

interface Sent<T> {
  realm: Realm;
  operation: Operation;
  input: string;
  perform: () => T;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
  /** Aborted: nobody waits for the answer any more. */
  signal: AbortSignal;
}

function refusal(name: string, message: string, status: number, retryAfterMs?: number): CognitoFailure {
  return new CognitoFailure({ name, message, metadata: { httpStatusCode: status } }, true, retryAfterMs);
}

const tokensIn = (logins: Record<string, string> = {}): string => Object.values(logins).join();
