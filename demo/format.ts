/** How times, ids and tokens are written on the page. */
import type { JWT } from '../client/index.js';

const clockFormat = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** The time of day with seconds. */
export function clock(atMs: number): string {
  return clockFormat.format(atMs);
}

/** `0:42`, `12:05`, `1 h 03 min`. */
export function timeLeft(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${String(seconds % 60).padStart(2, '0')}`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** `just now`, `12 s ago`, `3 min ago`. */
export function ago(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1_000);
  if (seconds < 2) return 'just now';
  return seconds < 90 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}

/** The first characters of an id, enough to tell two apart. */
export function short(id: string): string {
  return id.slice(0, 6);
}

/** A name for a token that tells two apart and gives nothing away: the end of its `jti` claim, which is public. */
export function tokenMark(token: JWT): string {
  const { jti } = token.payload;
  return typeof jti === 'string' ? jti.slice(-6) : String(token.payload.iat).slice(-6);
}

/** A hue, in degrees, for a mark: the same token has the same colour in every tab. */
export function hue(mark: string): number {
  let hash = 0;
  for (const character of mark) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 360;
  return hash;
}

/** `1 tab`, `2 tabs`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount} ${amount === 1 ? one : many}`;
}
