import { waitFor } from '../support/wait-for.js';
import { GRACE_MS } from './setup.js';
import { useStage } from './stage.js';

const TASKS = 300;
const LENGTH = 5;
const names = Array.from({ length: LENGTH }, (_, index) => `step_${index + 1}`);
const test = useStage([
  {
    name: 'worked',
    steps: names.map((name, index) => ({
      name,
      handler: 'work',
      config: { ms: 30 },
      dependsOn: index === 0 ? [] : [names[index - 1]!],
    })),
  },
]);

it('is gone within its grace period under load, leaves no lease and wastes no attempt', async () => {
  const fleet = await test.startFleet(2);
  await test.tasker.createTasks(Array.from({ length: TASKS }, () => ({ name: 'worked' })));
  const complete = async () =>
    (
      await test.sql<{ n: number }>(`select count(*)::integer as n from tasker_workflow_steps where state = 'complete'`)
    )[0]!.n;

  for (const share of [0.1, 0.3]) {
    await waitFor(async () => (await complete()) >= TASKS * LENGTH * share, { timeoutMs: 30_000 });
    const before = new Set(fleet.pids);
    const begin = performance.now();
    await fleet.terminate(0);
    expect(performance.now() - begin).toBeLessThan(GRACE_MS);
    const gone = [...before].filter((pid) => !fleet.pids.includes(pid));
    const left = await test.sql(
      `select w.stopped_at is not null as retired,
         (select count(*)::integer from tasker_workflow_steps s where s.claimed_by = w.worker_id) as held
       from tasker_workers w where w.pid = any ($1)`,
      [gone],
    );
    expect(left).toEqual([{ retired: true, held: 0 }]);
    await fleet.fill();
  }
  await waitFor(async () => (await complete()) === TASKS * LENGTH, { timeoutMs: 30_000 });
  expect(await test.sql('select distinct attempts from tasker_workflow_steps')).toEqual([{ attempts: 1 }]);
  // Executed and counted are the same: nothing was cut short, nothing done twice.
  const [executed] = await test.sql(
    'select count(*)::integer, count(distinct step_id)::integer as steps from chaos_runs',
  );
  expect(executed).toEqual({ count: TASKS * LENGTH, steps: TASKS * LENGTH });
}, 180_000);
