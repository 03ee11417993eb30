import { Command } from 'commander';
import { LIBRARY_VERSION } from '../core/version.js';
import { doctorCommand } from './doctor.command.js';
import { eventsCommand } from './events/events.command.js';
import { migrateCommand } from './migrate.command.js';
import { pruneCommand } from './prune.command.js';
import { scheduleCommand } from './schedule.command.js';
import { tokenCommand } from './token.command.js';
import { webhooksCommand } from './webhooks.command.js';

/** The commands and their help; `exitOverride` leaves the exit code to the caller. */
export function buildProgram(): Command {
  return new Command('tasker')
    .description('Operates nestjs-tasker: durable workflows in PostgreSQL')
    .version(LIBRARY_VERSION)
    .exitOverride()
    .showHelpAfterError()
    .addCommand(inherit(migrateCommand()))
    .addCommand(inherit(doctorCommand()))
    .addCommand(inherit(pruneCommand()))
    .addCommand(inherit(scheduleCommand()))
    .addCommand(inherit(tokenCommand()))
    .addCommand(inherit(webhooksCommand()))
    .addCommand(inherit(eventsCommand()));
}

/** A command that was built apart answers errors as the program does. */
function inherit(command: Command): Command {
  command.exitOverride().showHelpAfterError();
  command.commands.forEach(inherit);
  return command;
}
