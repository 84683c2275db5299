/** The W3C WebDriver protocol, as far as the tests need it: plain HTTP with JSON. */

export interface WebDriver {
  call<Value>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<Value>;
}

interface Failure {
  error: string;
  message: string;
}

/** @param timeoutMs bounds each call */
export function connectWebDriver(url: string, timeoutMs: number): WebDriver {
  return {
    async call<Value>(method: string, path: string, body?: object): Promise<Value> {
      const request = `${method} ${new URL(url + path).pathname}`;
      const response = await fetch(url + path, {
        method,
        signal: AbortSignal.timeout(timeoutMs),
        ...(body && { body: JSON.stringify(body) }),
      }).catch((cause: unknown) => {
        throw new Error(`WebDriver gave no answer to ${request} in ${timeoutMs} ms, or has ended.`, {
          cause,
        });
      });
      const { value } = (await response.json()) as { value: unknown };
      if (response.ok) return value as Value;
      const { error, message } = value as Failure;
      throw new Error(`WebDriver refused ${request}: ${error}: ${message}`);
    },
  };
}
