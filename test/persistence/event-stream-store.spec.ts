import pg from 'pg';
import { type DataSource } from 'typeorm';
import { SystemClock } from '../../src/core/clock.js';
import { connectDatabase } from '../../src/persistence/connect.js';
import { EventStreamStore, type StreamSources } from '../../src/persistence/event-stream-store.js';
import { useEngine } from './support/test-engine.js';

const test = useEngine();

const NOTHING: StreamSources = { taskMoves: null, stepMoves: null, eventRoots: null };
const WHOLE = { after: 0, upTo: 1_000_000_000, limit: 1_000 };

let owned: DataSource;
let stream: EventStreamStore;
beforeAll(async () => {
  const { owned: dataSource, database } = await connectDatabase({ url: test.database.url, poolSize: 2 }, undefined);
  owned = dataSource!;
  stream = new EventStreamStore(database, new SystemClock());
});
afterAll(() => owned.destroy());
beforeEach(async () => {
  await test.engine.rows('delete from tasker_events');
});

const writer = async (): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: test.database.url });
  await client.connect();
  return client;
};

/** The id that was drawn last. */
const last = async (): Promise<number> => (await stream.head()).last;

describe('the horizon', () => {
  it('of a database nobody has written to is 0', async () => {
    await test.engine.rows('alter sequence tasker_history_id restart');
    expect(await stream.horizon()).toEqual({ last: 0, writers: [], prepared: [] });
    expect(await last()).toBe(0);
    await test.engine.rows(`insert into tasker_events (name) values ('order.placed')`);
    expect(await stream.horizon()).toEqual({ last: 1, writers: [], prepared: [] });
  });

  it.each([
    [`insert into tasker_events (name) values ('order.placed')`],
    [`savepoint s; insert into tasker_events (name) values ('order.placed'); release savepoint s`],
    [`insert into tasker_task_transitions (task_id, sort_key, to_state) select task_id, 9, 'error' from tasker_tasks`],
    [
      `insert into tasker_workflow_step_transitions (workflow_step_id, sort_key, to_state)
       select workflow_step_id, 9, 'error' from tasker_workflow_steps`,
    ],
  ])('tells who may still commit: %s', async (statement) => {
    await test.engine.create(await test.engine.define([{}]));
    const client = await writer();
    try {
      await client.query(`begin; ${statement}`);
      const { writers } = await stream.horizon();
      expect(writers).toEqual([expect.stringMatching(/^\d+\/\d+$/)]);
      expect((await stream.horizon()).writers).toEqual(writers);
      await client.query('rollback');
      expect((await stream.horizon()).writers).toEqual([]);
    } finally {
      await client.end();
    }
  });

  it('has nobody in it who reads, or writes to other tables, or to those of another schema', async () => {
    const client = await writer();
    try {
      await client.query('create schema other; create table other.tasker_events (id bigint)');
      await client.query('begin isolation level serializable');
      await client.query('select count(*) from tasker_events');
      await client.query(`insert into tasker_audit (action, subject) values ('x', 'y')`);
      await client.query('insert into other.tasker_events values (1)');
      await client.query('select txid_current()');
      expect((await stream.horizon()).writers).toEqual([]);
      await client.query('rollback');
    } finally {
      await client.query('drop schema other cascade');
      await client.end();
    }
  });

  it('knows a writer from before its first id is drawn', async () => {
    const client = await writer();
    const holder = await writer();
    try {
      // The insert has its lock on the table and waits within its default, before the sequence.
      await client.query(`create function slow_id() returns bigint language plpgsql volatile as
        $$ begin perform pg_advisory_xact_lock(4711); return nextval('tasker_history_id'); end $$`);
      await client.query('alter table tasker_events alter column id set default slow_id()');
      await holder.query('begin; select pg_advisory_xact_lock(4711)');
      const before = await last();
      const writing = client.query(`insert into tasker_events (name) values ('order.placed')`);
      await test.blocked(1);
      expect(await stream.horizon()).toMatchObject({ last: before, writers: [expect.any(String)] });
      await holder.query('commit');
      await writing;
      expect(await stream.horizon()).toMatchObject({ last: before + 1, writers: [] });
    } finally {
      await client.query(`alter table tasker_events alter column id set default nextval('tasker_history_id')`);
      await client.query('drop function slow_id');
      await client.end();
      await holder.end();
    }
  });
});

describe('a range of the stream', () => {
  it('has what happened to tasks and steps, and what was published, by id', async () => {
    const { engine } = test;
    const workflow = await engine.define([{}, { parents: [0] }]);
    const task = await engine.create(workflow);
    const [claim] = await engine.claim();
    await engine.rows(
      `insert into tasker_events (name, task_id, workflow_step_id, attempt, payload) values ('order.placed', $1, $2, 1, '{"a": 1}')`,
      [task, claim!.workflow_step_id],
    );
    await engine.advance([[claim!, { outcome: 'complete', results: {} }]]);
    const all: StreamSources = {
      taskMoves: ['>pending', 'pending>in_progress'],
      stepMoves: ['>pending', 'pending>in_progress', 'in_progress>complete'],
      eventRoots: 'all',
    };
    const rows = await stream.read(all, WHOLE);
    const told = rows.map(({ change }) => (change.kind === 'event' ? change.name : `${change.kind} ${change.to}`));
    expect(told).toEqual([
      'task pending',
      'step pending',
      'step pending',
      'task in_progress',
      'step in_progress',
      'order.placed',
      'step complete',
    ]);
    expect(rows.map(({ id }) => id)).toEqual(rows.map(({ id }) => id).toSorted((a, b) => a - b));
    expect(rows[6]!.change).toMatchObject({
      taskId: task,
      stepId: claim!.workflow_step_id,
      position: 0,
      from: 'in_progress',
      metadata: { attempt: 1, duration_ms: 5 },
    });
    expect(rows[5]!.change).toMatchObject({ kind: 'event', taskId: task, position: 0, attempt: 1, payload: { a: 1 } });
    expect(rows[0]!.change).toMatchObject({ from: null, sortKey: 1, at: engine.now });

    const some = await stream.read(all, { after: rows[1]!.id, upTo: rows[5]!.id, limit: 3 });
    expect(some.map(({ id }) => id)).toEqual([rows[2]!.id, rows[3]!.id, rows[4]!.id]);
    expect(await stream.read(all, { after: rows[6]!.id, upTo: rows[6]!.id + 10, limit: 3 })).toEqual([]);
  });

  it('has only what is asked for', async () => {
    const { engine } = test;
    await engine.create(await engine.define([{}]));
    await engine.run();
    await engine.rows(`insert into tasker_events (name) values ('order.placed'), ('refund.made')`);
    const tasks = await stream.read({ ...NOTHING, taskMoves: ['in_progress>complete'] }, WHOLE);
    expect(tasks.map(({ change }) => change)).toMatchObject([{ kind: 'task', to: 'complete' }]);
    const steps = await stream.read({ ...NOTHING, stepMoves: ['pending>in_progress'] }, WHOLE);
    expect(steps.map(({ change }) => change)).toMatchObject([{ kind: 'step', to: 'in_progress' }]);
    const refunds = await stream.read({ ...NOTHING, eventRoots: ['refund'] }, WHOLE);
    expect(refunds.map(({ change }) => change)).toMatchObject([{ kind: 'event', name: 'refund.made', taskId: null }]);
    expect(await stream.read(NOTHING, WHOLE)).toEqual([]);
  });

  it('touches no table that has nothing of it', async () => {
    const client = await writer();
    try {
      await client.query('begin; lock table tasker_workflow_step_transitions, tasker_events in access exclusive mode');
      await stream.read({ ...NOTHING, taskMoves: ['>pending'] }, WHOLE);
      await client.query('rollback; begin; lock table tasker_task_transitions, tasker_events in access exclusive mode');
      await stream.read({ ...NOTHING, stepMoves: ['>pending'] }, WHOLE);
      await client.query('rollback');
    } finally {
      await client.end();
    }
  });
});

describe('the place of an instant', () => {
  it('is before everything of that instant or later, whatever else is between', async () => {
    const { engine } = test;
    const at = (minutes: number): Date => new Date(Date.UTC(2031, 0, 1, 0, minutes));
    const ids: number[] = [];
    const minutes = Array.from({ length: 300 }, (_, index) => index * 10 + (index % 7));
    for (const minute of minutes) {
      const [row] = await engine.rows<{ id: number }>(
        `insert into tasker_events (name, created_at) values ('order.placed', $1) returning id`,
        [at(minute)],
      );
      ids.push(row!.id);
    }
    await engine.rows('delete from tasker_events where id % 5 = 0');
    const left = new Set((await stream.read({ ...NOTHING, eventRoots: 'all' }, WHOLE)).map(({ id }) => id));
    const instants = [-5, 0, 1, 777, 1_500, 1_501, 2_990, 2_999, 10_000];
    for (const minute of instants) {
      const position = await stream.positionAt(at(minute));
      const after = ids.filter((id, index) => left.has(id) && minutes[index]! >= minute);
      expect(ids.filter((id) => left.has(id) && id > position)).toEqual(after);
    }
  });

  it('is not misled by a statement that read the clock long before it drew its ids', async () => {
    const { engine } = test;
    const rows = await engine.rows<{ id: number }>(
      `insert into tasker_events (name, created_at)
       select 'order.placed', timestamptz '2031-01-01' + n * interval '1 second' - (n % 60) * interval '2 seconds'
       from generate_series(1, 1000) as n order by n returning id`,
    );
    const at = new Date(Date.UTC(2031, 0, 1, 0, 8));
    const position = await stream.positionAt(at);
    const missed = await engine.rows('select from tasker_events where id <= $1 and created_at >= $2', [position, at]);
    expect(missed).toEqual([]);
    expect(position).toBeGreaterThan(rows[300]!.id);
  });

  it('in the future is the end', async () => {
    expect(await stream.positionAt(new Date('2200-01-01'))).toBe(await last());
  });
});
