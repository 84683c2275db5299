/** What other runtimes may say. Any script of the origin can post on the channel, so the shape is checked on receipt. */
import type { SignOutReason } from './contract.js';
import type { ChannelMessage } from './deps.js';

/** A UUID has 36 characters. Peers are remembered by this, so it must not be a book. */
const MAX_ID_LENGTH = 100;

/** All but Cognito's verdict, which waits for nobody. */
const SAVE_REASONS: readonly unknown[] = ['user', 'idle', 'policy', 'expired'] satisfies SignOutReason[];

export function isChannelMessage(message: unknown): message is ChannelMessage {
  if (!isObject(message) || !isShortText(message['instanceId'])) return false;
  switch (message['type']) {
    case 'news':
      return (
        Number.isSafeInteger(message['revision']) &&
        isObject(message['event']) &&
        typeof message['event']['type'] === 'string'
      );
    case 'claim':
      return isObject(message['scope']) && isSession(message['session']);
    case 'settled':
      return (
        Number.isSafeInteger(message['revision']) &&
        Number.isSafeInteger(message['clients']) &&
        Number(message['clients']) >= 0
      );
    case 'save':
      return (
        isShortText(message['id']) &&
        SAVE_REASONS.includes(message['reason']) &&
        Number.isFinite(message['deadlineMs'])
      );
    case 'saving':
    case 'saved':
      return isShortText(message['id']);
    default:
      return ['roll-call', 'left', 'begun', 'has-handlers'].includes(message['type'] as string);
  }
}

function isShortText(value: unknown): boolean {
  return typeof value === 'string' && value.length <= MAX_ID_LENGTH;
}

function isSession(session: unknown): boolean {
  if (session === undefined) return true;
  if (!isObject(session)) return false;
  return ['fence', 'sequence', 'issuedAtMs'].every((name) => Number.isSafeInteger(session[name]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
