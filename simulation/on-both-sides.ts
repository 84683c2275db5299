/** Registers tests that hold for this package, for Amplify, or for both alike. */
import { test } from 'vitest';
import { AMZ_JSON } from '../demo/local-cognito/wire.js';
import { openAmplify, openOurs, type OurSide, type Side, type SideOptions } from './beside-amplify.js';

type Work<S extends Side> = (side: S) => Promise<void>;

function withSide<S extends Side>(open: () => Promise<S>, work: Work<S>): () => Promise<void> {
  return async () => {
    const side = await open();
    try {
      await work(side);
    } finally {
      await side.close();
    }
  };
}

/** The promise as Amplify keeps it and as this package does: one test each. */
export function onBothSides(promise: string, options: SideOptions, work: Work<Side>): void {
  test(
    `${promise} [here]`,
    withSide<Side>(() => openOurs(options), work),
  );
  inAmplify(promise, options, work);
}

/** What holds in this package. */
export function here(promise: string, options: SideOptions, work: Work<OurSide>): void {
  test(
    `${promise} [here]`,
    withSide(() => openOurs(options), work),
  );
}

/** What Amplify does: it says so itself when that changes. */
export function inAmplify(promise: string, options: SideOptions, work: Work<Side>): void {
  test(
    `${promise} [Amplify]`,
    withSide(() => openAmplify(options), work),
  );
}

export const guests: SideOptions = { allowGuestAccess: true, cognito: { settings: { guestsAllowed: true } } };
export const tokensOnly: SideOptions = { pools: 'user pool' };

/** An error, once unless `times` says otherwise. */
export function refuse(
  { cognito }: Side,
  operation: string,
  { status = 400, ...error }: { type: string; status?: number; message?: string; times?: number },
): void {
  cognito.addFault({ kind: 'error', operation, status, ...error });
}

/** Status 200, once, with an answer that the test makes up. */
export function answerWith({ cognito }: Side, operation: string, answer: object): void {
  cognito.addFault({ kind: 'garbage', operation, body: JSON.stringify(answer), contentType: AMZ_JSON });
}

export const REFRESH = 'GetTokensFromRefreshToken';
export const GET_ID = 'GetId';
export const GET_CREDENTIALS = 'GetCredentialsForIdentity';

/** What the promise rejects with. Throws where it resolves. */
export async function rejection(work: Promise<unknown>): Promise<Error> {
  const nothing = Symbol('resolved');
  const outcome = await work.then(
    () => nothing,
    (error: unknown) => error,
  );
  if (!(outcome instanceof Error)) throw new Error('It resolved where it should reject.');
  return outcome;
}
