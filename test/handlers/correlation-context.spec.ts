import {
  correlationHeaders,
  currentCorrelationId,
  outsideCorrelation,
  runWithCorrelationId,
} from '../../src/handlers/correlation-context.js';

it('holds for the work and what it waits for, and for nothing else', async () => {
  expect(currentCorrelationId()).toBeUndefined();
  const seen = await Promise.all(
    ['a', 'b'].map((id) =>
      runWithCorrelationId(id, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        const inner = runWithCorrelationId(`${id}2`, () => currentCorrelationId());
        return [
          currentCorrelationId(),
          inner,
          outsideCorrelation(() => currentCorrelationId()),
          currentCorrelationId(),
        ];
      }),
    ),
  );
  expect(seen).toEqual([
    ['a', 'a2', undefined, 'a'],
    ['b', 'b2', undefined, 'b'],
  ]);
  expect(() => runWithCorrelationId('c', () => { throw new Error('no'); })).toThrow('no'); // prettier-ignore
  expect(currentCorrelationId()).toBeUndefined();
});

it('gives the header for outgoing calls, unless no header could hold the id', () => {
  expect(correlationHeaders()).toEqual({});
  expect(runWithCorrelationId('req-7', correlationHeaders)).toEqual({ 'X-Correlation-ID': 'req-7' });
  expect(runWithCorrelationId('a\r\nSet-Cookie: b', correlationHeaders)).toEqual({});
});
