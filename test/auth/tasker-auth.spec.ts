import { Injectable, UnauthorizedException } from '@nestjs/common';
import {
  AuthenticationError,
  type Authenticator,
  type AuthOptions,
  type AuthorizationCoordinator,
  type AuthRequest,
  authRequestOf,
  JwtAuthenticator,
  TaskerAuth,
  TaskerModule,
  type TaskerModuleExtras,
  type TaskerOptions,
} from 'nestjs-tasker';
import { Test } from '@nestjs/testing';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { RecordingLogger } from '../support/recording-logger.js';
import { claims, hs256, nowSeconds, SECRET } from './support.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function start(options: TaskerOptions & TaskerModuleExtras, providers: (new () => object)[] = []) {
  const logger = new RecordingLogger();
  const tasker = TaskerModule.forRoot({ worker: false, database: { url: database.url }, ...options });
  const testing = await Test.createTestingModule({ imports: [tasker], providers })
    .setLogger(logger)
    .compile();
  const app = await testing.createNestApplication().init();
  return { app, logger, auth: app.get(TaskerAuth), [Symbol.asyncDispose]: () => app.close() };
}

const headers = (given: Record<string, string>): AuthRequest => authRequestOf({ headers: given });

/** Knows what begins with its word, and says which of them it is. */
class Words implements Authenticator {
  static made = 0;
  constructor(private readonly word = 'class') {
    Words.made += 1;
  }

  authenticate(request: AuthRequest) {
    const [word, rest] = request.header('x-word')?.split(' ') ?? [];
    if (word !== this.word) return null;
    if (rest === 'bad') throw new AuthenticationError('INVALID_CREDENTIALS');
    if (rest === 'nest') throw new UnauthorizedException('the disk is full of secrets');
    return { subject: `${this.word}:${rest}`, ...(rest === 'old' && { expiresAt: new Date() }) };
  }
}

@Injectable()
class ClassWords extends Words {
  constructor() {
    super('class');
  }
}

describe('several authenticators', () => {
  const auth: AuthOptions = {
    authenticators: [new Words('one'), ClassWords, new JwtAuthenticator({ secret: SECRET }), new Words('one')],
  };

  it('are asked in order, and the first that knows the credential decides', async () => {
    await using app = await start({ auth });
    const who = async (word: string) => (await app.auth.authenticate(headers({ 'x-word': word }))).subject;
    expect([await who('one x'), await who('class x')]).toEqual(['one:x', 'class:x']);
    const jwt = headers({ authorization: `Bearer ${hs256()}` });
    expect((await app.auth.authenticate(jwt)).subject).toBe('ann');
    const late = headers({ authorization: `Bearer ${hs256(claims({ exp: nowSeconds() - 2 }))}` });
    expect((await app.auth.authenticate(late)).subject).toBe('ann');
    await expect(who('one bad')).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  it('let nobody in whom none of them knows', async () => {
    await using app = await start({ auth });
    const code = (given: Record<string, string>) =>
      app.auth.authenticate(headers(given)).then(
        ({ subject }) => subject,
        (error: AuthenticationError) => error.code,
      );
    expect(await code({})).toBe('AUTHENTICATION_REQUIRED');
    expect(await code({ authorization: 'Basic YTpi' })).toBe('INVALID_CREDENTIALS');
    expect(await code({ 'x-api-token': 'tasker_x' })).toBe('INVALID_CREDENTIALS');
    expect(await code({ 'x-word': 'one old' })).toBe('EXPIRED_CREDENTIALS');
    expect(await code({ authorization: `Bearer ${hs256(claims({ exp: nowSeconds() - 60 }))}` })).toBe(
      'EXPIRED_CREDENTIALS',
    );
  });

  it("keep to themselves what was wrong, in Nest's words too", async () => {
    await using app = await start({ auth });
    await expect(app.auth.authenticate(headers({ 'x-word': 'one nest' }))).rejects.toMatchObject({
      ...{ code: 'INVALID_CREDENTIALS', message: 'The credentials are not valid.' },
    });
  });

  it('are taken from the application when it has them', async () => {
    Words.made = 0;
    await using app = await start({ auth: { authenticators: [ClassWords] } }, [ClassWords]);
    expect(Words.made).toBe(1);
    expect((await app.auth.authenticate(headers({ 'x-word': 'class x' }))).subject).toBe('class:x');
  });

  it('must be some', async () => {
    class Nothing {}
    const starting = start({ auth: { authenticators: [Nothing as never] } });
    await expect(starting).rejects.toThrow('option "auth.authenticators[0]" must have a method authenticate()');
  });
});

describe("a coordinator of the application's own", () => {
  class PerNamespace implements AuthorizationCoordinator {
    authorize(_: unknown, resource: string, action: string, { namespace }: { namespace?: string }) {
      if (action === 'retry') return 'yes' as never;
      return resource === 'task' && (namespace === undefined || namespace === 'a');
    }
  }
  const auth: AuthOptions = { authenticators: [new Words('one')], coordinator: PerNamespace };

  it('decides, for each namespace', async () => {
    await using app = await start({ auth });
    const principal = await app.auth.authenticate(headers({ 'x-word': 'one x' }));
    const access = await app.auth.authorize(principal, 'task', 'show');
    await access.demand('a');
    await expect(access.demand('b')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(app.auth.authorize(principal, 'handler', 'show')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('allows with true and with nothing else, and only what there is', async () => {
    await using app = await start({ auth });
    const principal = await app.auth.authenticate(headers({ 'x-word': 'one x' }));
    await expect(app.auth.authorize(principal, 'task', 'retry')).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(app.auth.authorize(principal, 'task', 'shwo')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('the warning', () => {
  const before = process.env.NODE_ENV;
  afterEach(() => {
    process.env.NODE_ENV = before;
  });

  it.each<[number, string, TaskerOptions & TaskerModuleExtras]>([
    [1, 'production', {}],
    [0, 'development', {}],
    [0, 'production', { auth: false }],
    [0, 'production', { auth: { authenticators: [new Words('one')] } }],
    [0, 'production', { rest: false }],
  ])('comes %i times in %s with %j', async (times, environment, options) => {
    process.env.NODE_ENV = environment;
    await using app = await start(options);
    expect(app.logger.find('warn', 'THE ROUTES OF TASKER ARE OPEN')).toHaveLength(times);
  });
});
