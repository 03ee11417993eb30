import { parseDemoArguments, UsageError } from '../../demo/arguments.js';

describe('the arguments of the demo', () => {
  it('may be left out', () => {
    expect(parseDemoArguments([], {})).toEqual({ serve: false, port: 0, help: false });
  });

  it('are a database, a port to serve on, and help', () => {
    expect(parseDemoArguments(['--serve', '--port', '3000', '--database', 'postgres://localhost/shop'], {})).toEqual({
      ...{ serve: true, port: 3000, database: 'postgres://localhost/shop', help: false },
    });
    expect(parseDemoArguments(['-h'], {})).toMatchObject({ help: true });
  });

  it('may come with the -- that some package managers leave in', () => {
    expect(parseDemoArguments(['--', '--serve'], {})).toMatchObject({ serve: true });
  });

  it.each([
    [['--sreve'], "Unknown option '--sreve'."],
    [['now'], "Unexpected argument 'now'."],
    [['--database'], "Option '--database <value>' argument missing."],
    [['--database', 'mysql://localhost'], '--database takes an address like postgres://user:password@host:5432/name.'],
    [['--serve', '--port', 'http'], '--port takes a number from 0 to 65535, not http.'],
    [['--serve', '--port', '65536'], '--port takes a number from 0 to 65535, not 65536.'],
    [['--port', '3000'], '--port goes with --serve.'],
  ])('%j are refused with a reason', (args, message) => {
    expect(() => parseDemoArguments(args, {})).toThrow(new UsageError(message));
  });

  it('are missed when npm has kept them', () => {
    const message = 'npm kept --serve for itself. Write a -- before the options: npm run demo -- --serve';
    expect(() => parseDemoArguments([], { npm_config_serve: 'true' })).toThrow(new UsageError(message));
    expect(() => parseDemoArguments(['3000'], { npm_config_serve: 'true' })).toThrow(new UsageError(message));
  });
});
