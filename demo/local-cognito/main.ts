/** Runs the local Cognito until it is interrupted. `--help` says how. */
import { parseArgs } from 'node:util';
import { startLocalCognito } from './server.js';
import { DEFAULT_USERS } from './users.js';

const USAGE = `Usage: npx tsx demo/local-cognito/main.ts [--port 9400]

Runs an Amazon Cognito user pool and identity pool on 127.0.0.1, until it is interrupted.
  --port <0-65535>  where it listens (default 9400; 0 is any free one)
  --help            prints this`;

/** What the user can mend: one line says it, and no stack trace. */
class Refusal extends Error {}

try {
  const { port, help } = readOptions();
  if (help) console.log(USAGE);
  else await run(port);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** Throws a Refusal for what it does not know. */
function readOptions(): { port: number; help: boolean } {
  try {
    const { values } = parseArgs({
      options: { port: { type: 'string', default: '9400' }, help: { type: 'boolean', default: false } },
    });
    const port = /^\d+$/.test(values.port) ? Number(values.port) : NaN;
    if (!(port <= 65_535)) throw new RangeError('--port must be from 0 to 65535');
    return { port, help: values.help };
  } catch (error) {
    // Node goes on about positional arguments, of which there are none here.
    const [problem = ''] = (error as Error).message.split(/\. |\n/);
    throw new Refusal(`${problem}. See --help.`, { cause: error });
  }
}

async function run(port: number): Promise<void> {
  const server = await startLocalCognito({
    port,
    onRequest({ sequence, operation, status, errorType, fault, tookMs, summary }) {
      const outcome =
        status === 0 ? 'no answer' : `${status}${errorType === undefined ? '' : ` ${errorType}`}`;
      console.log(
        `${sequence} ${operation} ${outcome} ${tookMs} ms${fault === undefined ? '' : ` [${fault}]`} ${summary}`,
      );
    },
  }).catch((error: unknown) => {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (syscall !== 'listen') throw error;
    const reason = code === 'EADDRINUSE' ? `Port ${port} is taken.` : `${message}.`;
    throw new Refusal(`${reason} Choose another with --port.`, { cause: error });
  });

  console.log(`Local Cognito on ${server.url}. Pass this to configure():`);
  console.log(JSON.stringify(server.config, null, 2));
  for (const { username, password } of DEFAULT_USERS) console.log(`Sign in as ${username} with ${password}`);

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void server.close();
    });
  }
}
