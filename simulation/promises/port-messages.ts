/** What goes over the ports between pages and runtimes, as far as promises look into it. */

/** A page calls a runtime. */
export interface CallMessage {
  id: string;
  method: string;
  argument: unknown;
}

/** A runtime answers. */
export interface AnswerMessage {
  id: string;
  ok: boolean;
  /** Of a view with tokens. */
  accessToken?: string;
}

/** In Comlink's wire format. */
interface Wire {
  id?: string;
  type?: string;
  path?: string[];
  argumentList?: { value?: unknown }[];
  value?: { ok?: boolean; value?: { tokens?: { accessToken?: string } } | null };
}

export function callIn(message: unknown): CallMessage | undefined {
  const { id, type, path: [method] = [], argumentList } = message as Wire;
  if (id === undefined || type !== 'APPLY' || method === undefined) return undefined;
  return { id, method, argument: argumentList?.[0]?.value };
}

export function answerIn(message: unknown): AnswerMessage | undefined {
  const { id, type, value } = message as Wire;
  if (id === undefined || type !== 'RAW' || value === undefined) return undefined;
  const accessToken = value.value?.tokens?.accessToken;
  return { id, ok: value.ok === true, ...(accessToken !== undefined && { accessToken }) };
}
