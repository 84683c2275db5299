/** `tsx demo/local-cognito/main.ts [--port 9400]`: runs until it is interrupted. */
import { parseArgs } from 'node:util';
import { startLocalCognito } from './server.js';
import { DEFAULT_USERS } from './users.js';

const { values } = parseArgs({ options: { port: { type: 'string', default: '9400' } } });
const port = Number(values.port);
if (!Number.isInteger(port) || port < 0 || port > 65_535)
  throw new RangeError('--port must be from 0 to 65535');

const server = await startLocalCognito({
  port,
  onRequest({ sequence, operation, status, errorType, fault, tookMs, summary }) {
    const outcome = status === 0 ? 'no answer' : `${status}${errorType === undefined ? '' : ` ${errorType}`}`;
    console.log(
      `${sequence} ${operation} ${outcome} ${tookMs} ms${fault === undefined ? '' : ` [${fault}]`} ${summary}`,
    );
  },
});

console.log(`Local Cognito on ${server.url}`);
console.log(JSON.stringify(server.config, null, 2));
for (const { username, password } of DEFAULT_USERS) console.log(`Sign in as ${username} with ${password}`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void server.close();
  });
}
