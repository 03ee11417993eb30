import { Command } from 'commander';
import { listCommand } from './list-events.js';
import { showCommand } from './show-event.js';
import { tailCommand } from './tail-events.js';

/** `tasker events list | show | tail`. */
export function eventsCommand(): Command {
  return new Command('events')
    .description('look up which events there are, and follow them as they happen')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(tailCommand());
}
