/** "Refresh in all tabs": every tab forces a refresh at once, and the tab that asked says what came of it. */
import type { AuthSession } from '../client/index.js';
import { errorName } from './error-text.js';
import { count, tokenMark } from './format.js';
import type { TabChannel } from './tab-channel.js';

/** A tab that has not answered by then counts as silent, in milliseconds. */
const ROUND_MS = 12_000;

/** What a round needs from the page. */
export interface RoundParts {
  channel: TabChannel;
  selfId: () => string;
  tabIds: () => string[];
  forceRefresh: () => Promise<AuthSession>;
  /** How many refreshes Cognito was asked for until now; undefined where nobody can know. */
  refreshesAsked: () => Promise<number | undefined>;
}

interface Reply {
  tokenMark?: string;
  errorName?: string;
}

/** Lets this tab take part in others' rounds; the function starts one and resolves with what happened, in words. */
export function joinRounds(parts: RoundParts): () => Promise<string> {
  const { channel } = parts;
  const waiting = new Map<string, (id: string, reply: Reply) => void>();

  channel.listen((message) => {
    if (message.kind === 'refresh') {
      void refresh().then((reply) => {
        channel.send({ kind: 'refreshed', roundId: message.roundId, id: parts.selfId(), ...reply });
      });
    }
    if (message.kind === 'refreshed') waiting.get(message.roundId)?.(message.id, message);
  });

  async function refresh(): Promise<Reply> {
    try {
      const { tokens } = await parts.forceRefresh();
      return tokens ? { tokenMark: tokenMark(tokens.accessToken) } : {};
    } catch (error) {
      return { errorName: errorName(error) };
    }
  }

  return async () => {
    const before = await parts.refreshesAsked();
    const roundId = crypto.randomUUID();
    const replies = new Map<string, Reply>();
    const missing = new Set(parts.tabIds());
    const all = new Promise<void>((resolve) => {
      waiting.set(roundId, (id, reply) => {
        replies.set(id, reply);
        missing.delete(id);
        if (missing.size === 0) resolve();
      });
    });
    channel.send({ kind: 'refresh', roundId });
    void refresh().then((reply) => waiting.get(roundId)?.(parts.selfId(), reply));
    const tooLong = new Promise<void>((resolve) => setTimeout(resolve, ROUND_MS));
    await Promise.race([all, tooLong]);
    waiting.delete(roundId);
    const after = await parts.refreshesAsked();
    const asked = before === undefined || after === undefined ? undefined : after - before;
    return outcome([...replies.values()], missing.size, asked);
  };
}

function outcome(replies: Reply[], silent: number, asked: number | undefined): string {
  const sentences = [`${count(replies.length + silent, 'tab')} asked for new tokens.`];
  if (asked !== undefined) sentences.push(`Cognito was asked ${asked === 1 ? 'once' : `${asked} times`}.`);
  const failed = replies.flatMap((reply) => reply.errorName ?? []);
  const marks = new Set(replies.flatMap((reply) => reply.tokenMark ?? []));
  const [mark] = marks;
  if (failed.length > 0)
    sentences.push(`${count(failed.length, 'tab')} got ${[...new Set(failed)].join(', ')}.`);
  else if (!mark) sentences.push('Nobody is signed in.');
  else if (marks.size === 1) sentences.push(`All hold the token ${mark}.`);
  else sentences.push(`They hold ${marks.size} tokens.`);
  if (silent > 0) sentences.push(`${count(silent, 'tab')} did not answer in time.`);
  return sentences.join(' ');
}
