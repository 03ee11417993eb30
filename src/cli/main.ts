#!/usr/bin/env node
/** The `tasker` command. Exit codes: 0 done, 1 failed, 2 called wrongly. */
import { CommanderError } from 'commander';
import { TaskerError } from '../core/errors.js';
import { buildProgram } from './program.js';

async function main(): Promise<void> {
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    console.error(error instanceof TaskerError ? `${error.code}: ${message}` : message);
    process.exitCode = error instanceof TaskerError && error.code === 'NO_DATABASE_URL' ? 2 : 1;
  }
}

void main();
