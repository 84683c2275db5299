/** Runs npm's cognito-local in a process of its own. It keeps its data under its working directory, so it gets a new one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SeedUser } from './users.js';

const require = createRequire(import.meta.url);

/** Ends with its standard input, so that it can't outlive the test that started it. */
const SCRIPT = `
const { createDefaultServer } = require(process.argv[1]);
const pino = require(process.argv[2]);
createDefaultServer(pino({ level: 'silent' })).then((server) => server.start()).then((http) => {
  console.log(String(http.address().port));
});
process.stdin.resume().on('end', () => process.exit(0));
`;

/** Its default is a pool whose user names must be e-mail addresses. */
const CONFIG = { UserPoolDefaults: { UsernameAttributes: [] } };

/** The pool and the app client that {@link startCognitoLocal} makes for the users it is given. */
const USER_POOL_ID = 'local_flows';
const CLIENT_ID = 'clientofflows';

/** A user as its data file has it. Some of it can be set by no call, such as a telephone number for codes. */
function storedUser({ username, password, attributes = {}, status = 'CONFIRMED', factors = {} }: SeedUser) {
  const date = new Date().toISOString();
  const { mfa = [], totpSecret } = factors;
  return {
    Username: username,
    Password: password,
    UserStatus: status,
    Enabled: true,
    Attributes: Object.entries({ sub: `sub-of-${username}`, ...attributes }).map(([Name, Value]) => ({
      Name,
      Value,
    })),
    UserCreateDate: date,
    UserLastModifiedDate: date,
    RefreshTokens: [],
    UserMFASettingList: mfa,
    ...(mfa.includes('SMS_MFA') && {
      MFAOptions: [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }],
    }),
    ...(totpSecret !== undefined && {
      SoftwareTokenMfaConfiguration: { Secret: totpSecret, Verified: true },
    }),
  };
}

async function seed(folder: string, users: readonly SeedUser[]): Promise<void> {
  const date = new Date().toISOString();
  const pool = {
    Options: {
      Id: USER_POOL_ID,
      MfaConfiguration: 'OPTIONAL',
      UsernameAttributes: [],
      AutoVerifiedAttributes: ['email'],
    },
    Users: Object.fromEntries(users.map((user) => [user.username, storedUser(user)])),
  };
  const client = { UserPoolId: USER_POOL_ID, ClientId: CLIENT_ID, ClientName: 'app' };
  const clients = { Clients: { [CLIENT_ID]: { ...client, CreationDate: date, LastModifiedDate: date } } };
  await mkdir(join(folder, '.cognito/db'));
  await writeFile(join(folder, `.cognito/db/${USER_POOL_ID}.json`), JSON.stringify(pool));
  await writeFile(join(folder, '.cognito/db/clients.json'), JSON.stringify(clients));
}

export interface CognitoLocal {
  url: string;
  /** Of the pool with the given users. */
  config: { userPoolId: string; userPoolClientId: string; endpoints: { userPool: string } };
  /** The last code that it "sent" to a user of that pool and that is not used: its data file has it before the answer is out. */
  lastCode: (username: string) => Promise<string>;
  stop: () => Promise<void>;
}

/** With users, it has a pool of them from the start; of their factors it knows SMS_MFA and SOFTWARE_TOKEN_MFA. */
export async function startCognitoLocal(users: readonly SeedUser[] = []): Promise<CognitoLocal> {
  const folder = await mkdtemp(join(tmpdir(), 'cognito-local-'));
  await mkdir(join(folder, '.cognito'));
  await writeFile(join(folder, '.cognito/config.json'), JSON.stringify(CONFIG));
  if (users.length > 0) await seed(folder, users);
  const entry = require.resolve('cognito-local');
  const child = spawn(process.execPath, ['-e', SCRIPT, entry, createRequire(entry).resolve('pino')], {
    cwd: folder,
    // It reads its port and host while it is loaded.
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const port = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    void exited.then(() => reject(new Error('cognito-local ended before it listened')));
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    config: { userPoolId: USER_POOL_ID, userPoolClientId: CLIENT_ID, endpoints: { userPool: url } },
    async lastCode(username) {
      const text = await readFile(join(folder, `.cognito/db/${USER_POOL_ID}.json`), 'utf8');
      const { Users } = JSON.parse(text) as {
        Users: Record<string, { MFACode?: string; ConfirmationCode?: string }>;
      };
      const code = Users[username]?.MFACode ?? Users[username]?.ConfirmationCode;
      if (code === undefined) throw new Error(`No code was sent to ${username}`);
      return code;
    },
    async stop() {
      child.stdin.end();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
