/** The two kinds of steps: ordinary work, and work with an effect in the database that must happen exactly once. */
import { Inject } from '@nestjs/common';
import { StepHandler, type StepContext } from 'nestjs-tasker';
import { type Setup } from '../setup.js';
import { act, behaviourOf } from './behaviour.js';
import { Journal, SETUP } from './journal.js';

@StepHandler('chaos_work')
export class ChaosWork implements StepHandler {
  constructor(
    private readonly journal: Journal,
    @Inject(SETUP) private readonly setup: Setup,
  ) {}

  process(context: StepContext): Promise<unknown> {
    const behaviour = behaviourOf(this.setup.seed, context);
    return this.journal.record(context, behaviour.deaf, (run) => act(behaviour, run, context.signal));
  }
}

@StepHandler('chaos_effect', { transactional: true })
export class ChaosEffect implements StepHandler {
  constructor(
    private readonly journal: Journal,
    @Inject(SETUP) private readonly setup: Setup,
  ) {}

  process(context: StepContext): Promise<unknown> {
    const behaviour = behaviourOf(this.setup.seed, context);
    return this.journal.record(context, behaviour.deaf, async (run) => {
      if (behaviour.writes === 'before') await this.write(context, run);
      const result = await act(behaviour, run, context.signal);
      if (behaviour.writes === 'after') await this.write(context, run);
      return result;
    });
  }

  private async write({ manager, step, attempt }: StepContext, run: number): Promise<void> {
    await manager!.query('insert into chaos_effects (step_id, attempt, run_id) values ($1, $2, $3)', [
      step.stepId,
      attempt,
      run,
    ]);
  }
}
