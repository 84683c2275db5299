import { createHash, createHmac, getDiffieHellman } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { AuthError } from './errors.js';
import { startSrp, type SrpChallenge, type SrpDeps } from './srp.js';

/** Saturday, 3 January 2026, 04:05:06 UTC. */
const WALL_MS = Date.UTC(2026, 0, 3, 4, 5, 6);

function depsWith(overrides: {
  exponentHex?: string;
  wallMs?: number;
  digest?: () => Promise<ArrayBuffer>;
}): SrpDeps {
  const { exponentHex, wallMs = WALL_MS, digest } = overrides;
  const fixed: Crypto['getRandomValues'] = (array) => {
    if (array instanceof Uint8Array) array.set(Buffer.from(exponentHex ?? '', 'hex'));
    return array;
  };
  return {
    crypto: {
      getRandomValues: exponentHex === undefined ? crypto.getRandomValues.bind(crypto) : fixed,
      subtle: digest === undefined ? crypto.subtle : { ...crypto.subtle, digest },
    },
    wallMs: () => wallMs,
  };
}

/** Reproducible bytes that look random: 32 bytes of hex for each block. */
const expand = (seed: string, blocks: number) =>
  Array.from({ length: blocks }, (_, i) =>
    createHash('sha256')
      .update(blocks === 1 ? seed : `${seed} ${i}`)
      .digest('hex'),
  ).join('');

const exponentHex = (n: number) => expand(`a ${n}`, 1);
const challenge = (n: number): SrpChallenge => ({
  poolName: 'LocalPool',
  userIdForSrp: `user-${n}`,
  password: `Pass word ${n}`,
  saltHex: expand(`salt ${n}`, 1).slice(0, 32),
  srpBHex: expand(`B ${n}`, 12),
  secretBlockBase64: Buffer.from(expand(`block ${n}`, 12), 'hex').toString('base64'),
});

/** A Cognito of our own, from the formulas of RFC 5054 section 2.5.3 and 2.5.4 and the encodings that Cognito is known for. */
class Server {
  // Group 15 of RFC 3526, which has this prime and Cognito's generator.
  private readonly N = number(getDiffieHellman('modp15').getPrime());
  private readonly g = number(Buffer.from(getDiffieHellman('modp15').getGenerator()));
  private readonly k = number(sha256(twosComplement(this.N), twosComplement(this.g)));
  private readonly verifier: bigint;
  private readonly b: bigint;
  readonly B: bigint;
  readonly secretBlock: Buffer;

  constructor(
    private readonly poolName: string,
    private readonly userId: string,
    password: string,
    private readonly saltHex: string,
    seed: string,
  ) {
    const salt = twosComplement(BigInt(`0x${saltHex}`));
    const x = number(sha256(salt, sha256(Buffer.from(`${poolName}${userId}:${password}`))));
    this.verifier = this.power(this.g, x);
    this.b = BigInt(`0x${expand(`b ${seed}`, 2)}`);
    this.B = (this.k * this.verifier + this.power(this.g, this.b)) % this.N;
    this.secretBlock = Buffer.from(expand(`secret block ${seed}`, 30), 'hex');
  }

  challenge(password: string): SrpChallenge {
    return {
      poolName: this.poolName,
      userIdForSrp: this.userId,
      password,
      saltHex: this.saltHex,
      srpBHex: this.B.toString(16),
      secretBlockBase64: this.secretBlock.toString('base64'),
    };
  }

  /** The signature of somebody who knows the password. */
  expected(publicValueHex: string, timestamp: string): string {
    const A = BigInt(`0x${publicValueHex}`);
    const u = number(sha256(twosComplement(A), twosComplement(this.B)));
    const S = this.power(A * this.power(this.verifier, u), this.b);
    // RFC 5869: extract, then the first block of expand, whose counter is the byte 0x01.
    const extracted = createHmac('sha256', twosComplement(u)).update(twosComplement(S)).digest();
    const key = createHmac('sha256', extracted).update('Caldera Derived Key\x01').digest().subarray(0, 16);
    return createHmac('sha256', key)
      .update(this.poolName)
      .update(this.userId)
      .update(this.secretBlock)
      .update(timestamp)
      .digest('base64');
  }

  private power(base: bigint, exponent: bigint): bigint {
    let result = 1n;
    for (
      let rest = exponent, square = base % this.N;
      rest > 0n;
      rest >>= 1n, square = (square * square) % this.N
    ) {
      if (rest & 1n) result = (result * square) % this.N;
    }
    return result;
  }
}

const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
const number = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`);

/** The fewest bytes that hold the number and a sign bit: floor(bits / 8) + 1. */
function twosComplement(value: bigint): Buffer {
  const bytes = Buffer.alloc(Math.floor(value.toString(2).length / 8) + 1);
  for (let i = bytes.length - 1, rest = value; i >= 0; i--, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}

async function errorOf(promise: Promise<unknown>): Promise<AuthError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AuthError)) throw new Error('no AuthError', { cause: error });
  return error;
}

describe('against a server that only shares the RFC with it', () => {
  test('the right password makes the signature that the server expects', async () => {
    for (let n = 0; n < 8; n++) {
      const server = new Server(
        'AbCdEf123',
        `user ${n}`,
        `Secret-${n}`,
        expand(`salt ${n}`, 1).slice(0, 32),
        `${n}`,
      );
      const session = await startSrp(depsWith({}));
      const { signatureBase64, timestamp } = await session.answer(server.challenge(`Secret-${n}`));
      expect(signatureBase64).toBe(server.expected(session.publicValueHex, timestamp));
    }
  });

  test('letters outside ASCII in name and password are UTF-8', async () => {
    const server = new Server('AbCdEf123', 'Zoë-日本', 'pä$$wörd 🔑', 'c0ffee', 'utf-8');
    const session = await startSrp(depsWith({}));
    const { signatureBase64, timestamp } = await session.answer(server.challenge('pä$$wörd 🔑'));
    expect(signatureBase64).toBe(server.expected(session.publicValueHex, timestamp));
  });

  test('a wrong password, user id or pool name makes another signature', async () => {
    const server = new Server('AbCdEf123', 'ada', 'Secret-1', '8badf00d', 'wrong');
    const session = await startSrp(depsWith({}));
    const right = server.challenge('Secret-1');
    for (const change of [{ password: 'Secret-2' }, { userIdForSrp: 'Ada' }, { poolName: 'AbCdEf124' }]) {
      const { signatureBase64, timestamp } = await session.answer({ ...right, ...change });
      expect(signatureBase64).not.toBe(server.expected(session.publicValueHex, timestamp));
    }
  });
});

describe("against signatures that aws-amplify's own SRP code made from the same numbers", () => {
  test.each([
    [0, 'A, B, u and S have their top bit set', 'j+vYWWjTMVmGNQmeJuIx8/wmUd97YRn7aS5DpafUOL0='],
    [1, 'x has its top bit set', '7mOWsm7UliXrcDtt5QYXEJVDHtwqqu+Jz5gX+RtjOjY='],
    [
      2,
      'A has an odd number of digits, the salt its top bit set',
      'REoFHG5mof/de+WqVRTvSmgKeMVsegXUYc4YL5PXDv0=',
    ],
    [28, 'the salt begins with zeros', '4X12ajKbYX3KPzTUCXpcTXwN3M+sERWFzTJ1KJkgORk='],
    [42, 'B begins with a zero byte', 'xz4DRImvL7+T4Jpl7lMR9VwOgjoYl6QXsRUZpfOBkgQ='],
    [54, 'A begins with a zero byte', 'QQXnZVev2fpI04OyjnF+3AJrGeBEsm7p6Sd8ygu19dU='],
    [144, 'S begins with a zero byte', '4dVNw13aJ8CLnVu9jxHnQHTcYMNAbunNjDr1+sLGIFE='],
    [225, 'x begins with a zero byte', 'dR5ryqjOUMIlFKp2NYKlWxkKgmItTQZC/9Z1NJnHa4A='],
    [233, 'the private exponent begins with a zero byte', 'ZCgwX7S9bvb5cUhXduloqw3PDDkUsLtaN5AM+KGcjlM='],
    [403, 'u begins with a zero byte', 'COvEBvTjYXGn5K+ZTrXgOR/hjFjE7oVISi+X4uku/Ds='],
  ])('signs as Amplify does where, as in case %i, %s', async (n, _why, signatureBase64) => {
    const session = await startSrp(depsWith({ exponentHex: exponentHex(n) }));
    expect(await session.answer(challenge(n))).toEqual({
      signatureBase64,
      timestamp: 'Sat Jan 3 04:05:06 UTC 2026',
    });
  });

  test.each<[string, Partial<SrpChallenge>, string]>([
    ['B of three digits', { srpBHex: 'abc' }, 'RYtG7q/vbgirHiWZL2vJRAEtiAEuhMnWu0GXVb92k4I='],
    ['B of one byte with its top bit set', { srpBHex: '80' }, 'f60+yc+xSh6MLGh3+IASXH7SMaClJ6X0rxRbx2rWMJs='],
    [
      'B in capitals',
      { srpBHex: challenge(0).srpBHex.toUpperCase() },
      'j+vYWWjTMVmGNQmeJuIx8/wmUd97YRn7aS5DpafUOL0=',
    ],
    [
      'B with zeros in front',
      { srpBHex: `0000${challenge(0).srpBHex}` },
      'j+vYWWjTMVmGNQmeJuIx8/wmUd97YRn7aS5DpafUOL0=',
    ],
    ['a salt of three digits', { saltHex: 'abc' }, 'SgFEMXsV+BwhyyzbVOVUcnWoYhVwwPeJ1AUtYOQGIL4='],
    ['a salt whose top bit is clear', { saltHex: '0f' }, 'dgei+P6lXNEuYdAxT44WHiUZ0XBGwr4G4mAVTPZoysY='],
    [
      'a short salt with zeros in front',
      { saltHex: '00008f' },
      'bHlRN5d+4vvT06Imdv78Qu1OPwAIuP2Za/FtgefMTt4=',
    ],
    ['a short secret block', { secretBlockBase64: 'AP8=' }, 'gLRbY7VxH9qNnFmXe2olNYmu/YHwnk+gBI2px/7n2rQ='],
    [
      'letters outside ASCII',
      { userIdForSrp: 'Zoë-ß-日本', password: 'pä$$wörd 🔑' },
      '134BOcko9X94OCTRzHXO0SLWGfvKtuTPbLCmfVPTAf0=',
    ],
  ])('signs as Amplify does with %s', async (_what, change, signatureBase64) => {
    const session = await startSrp(depsWith({ exponentHex: exponentHex(0) }));
    expect(await session.answer({ ...challenge(0), ...change })).toMatchObject({ signatureBase64 });
  });
});

describe('the timestamp', () => {
  afterEach(() => vi.unstubAllEnvs());

  async function timestampAt(wallMs: number): Promise<string> {
    const session = await startSrp(depsWith({ wallMs, exponentHex: exponentHex(0) }));
    return (await session.answer(challenge(0))).timestamp;
  }

  test('has no zero before a single-digit day, but before hours, minutes and seconds', async () => {
    expect(await timestampAt(Date.UTC(2026, 8, 7, 1, 2, 3))).toBe('Mon Sep 7 01:02:03 UTC 2026');
    expect(await timestampAt(Date.UTC(2028, 1, 29, 23, 59, 59))).toBe('Tue Feb 29 23:59:59 UTC 2028');
  });

  test('names every day of the week and every month in English', async () => {
    let nowMs = 0;
    const session = await startSrp({ ...depsWith({}), wallMs: () => nowMs });
    const stampAt = async (atMs: number) => {
      nowMs = atMs;
      return (await session.answer(challenge(0))).timestamp;
    };
    const days: string[] = [];
    for (let day = 1; day <= 7; day++) days.push(await stampAt(Date.UTC(2026, 1, day)));
    expect(days.map((text) => text.slice(0, 3))).toEqual(['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']);
    const months: string[] = [];
    for (let month = 0; month < 12; month++) months.push(await stampAt(Date.UTC(2026, month, 10)));
    expect(months.map((text) => text.slice(4, 7)).join(' ')).toBe(
      'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec',
    );
  });

  test('is in UTC wherever the device is', async () => {
    // A worker thread has the time zone of its process.
    const local = ['getFullYear', 'getMonth', 'getDate', 'getDay', 'getHours', 'getMinutes'] as const;
    for (const part of local) vi.spyOn(Date.prototype, part).mockReturnValue(1);
    expect(await timestampAt(Date.UTC(2026, 11, 31, 23, 0, 0))).toBe('Thu Dec 31 23:00:00 UTC 2026');
  });

  test('is taken when the challenge is answered, not when the sign-in began', async () => {
    let nowMs = WALL_MS;
    const session = await startSrp({ ...depsWith({}), wallMs: () => nowMs });
    nowMs += 60_000;
    expect((await session.answer(challenge(0))).timestamp).toBe('Sat Jan 3 04:06:06 UTC 2026');
  });
});

test('the key that signs cannot be read out', async () => {
  const derive = vi.spyOn(crypto.subtle, 'deriveKey');
  const session = await startSrp(depsWith({}));
  await session.answer(challenge(0));
  const keys = await Promise.all(derive.mock.results.map(({ value }) => value as Promise<CryptoKey>));
  derive.mockRestore();
  expect(keys.map(({ extractable }) => extractable)).toEqual([false]);
});

describe('the private exponent', () => {
  test('has the 256 bits that RFC 5054 asks for, all of them random', async () => {
    const lengths: number[] = [];
    const deps = depsWith({});
    const getRandomValues: Crypto['getRandomValues'] = (array) => {
      lengths.push(array?.byteLength ?? 0);
      return deps.crypto.getRandomValues(array);
    };
    await startSrp({ ...deps, crypto: { ...deps.crypto, getRandomValues } });
    expect(lengths).toEqual([32]);
  });

  test('is new with each sign-in', async () => {
    const values = await Promise.all(
      [1, 2, 3].map(async () => (await startSrp(depsWith({}))).publicValueHex),
    );
    expect(new Set(values).size).toBe(3);
  });
});

describe('a challenge that makes no sense', () => {
  const N = getDiffieHellman('modp15').getPrime('hex');
  const twiceN = (2n * BigInt(`0x${N}`)).toString(16);

  test.each<[string, Partial<SrpChallenge>]>([
    ['B of zero', { srpBHex: '0' }],
    ['B of many zeros', { srpBHex: '0'.repeat(768) }],
    ['B equal to N', { srpBHex: N }],
    ['B equal to 2 N', { srpBHex: twiceN }],
    ['an empty B', { srpBHex: '' }],
    ['a negative B', { srpBHex: '-5' }],
    ['a B with a prefix', { srpBHex: '0x1234' }],
    ['a B with a line end', { srpBHex: '1234\n' }],
    ['a B of a megabyte', { srpBHex: 'f'.repeat(1 << 20) }],
    ['a B that is HTML', { srpBHex: '<!doctype html>' }],
    ['a salt that is no hex', { saltHex: 'salt' }],
    ['an empty salt', { saltHex: '' }],
    ['a secret block that is no base64', { secretBlockBase64: '%%%%' }],
  ])('%s is refused with an AuthError that holds no secret', async (_what, change) => {
    const session = await startSrp(depsWith({}));
    const error = await errorOf(session.answer({ ...challenge(0), ...change }));
    expect(error.name).toBe('NetworkError');
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain(challenge(0).password);
  });

  test.each<[string, Partial<SrpChallenge>, string]>([
    ['B', { srpBHex: 'xyz' }, 'SRP_B is no hex number'],
    ['a B of zero', { srpBHex: '0' }, 'SRP_B is zero'],
    ['the salt', { saltHex: 'xyz' }, 'SALT is no hex number'],
    ['the secret block', { secretBlockBase64: '%%%%' }, 'SECRET_BLOCK is no base64'],
  ])('the error names what was wrong with it, and what to do: %s', async (_what, change, text) => {
    const session = await startSrp(depsWith({}));
    const error = await errorOf(session.answer({ ...challenge(0), ...change }));
    expect(error.message).toContain(text);
    expect(error.recoverySuggestion).toContain('Try again');
  });

  test('a scrambling parameter of zero is refused', async () => {
    const session = await startSrp(depsWith({ digest: () => Promise.resolve(new ArrayBuffer(32)) }));
    const error = await errorOf(session.answer(challenge(0)));
    expect(error.name).toBe('NetworkError');
    expect(error.message).toContain('scrambling');
  });
});
