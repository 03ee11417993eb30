/** `npm run demo`: see USAGE in arguments.ts. */
import { TaskerError } from '../../../src/core/errors.js';
import { parseDemoArguments, USAGE, UsageError } from './arguments.js';
import { Interruption } from './interruption.js';
import { runDemo } from './run.js';
import { Screen } from './screen.js';
import { Unavailable } from './unavailable.js';

process.exitCode = await main();

async function main(): Promise<number> {
  const interruption = new Interruption();
  const screen = new Screen(process.stdout, process.env);
  try {
    const options = parseDemoArguments(process.argv.slice(2), process.env);
    if (options.help) {
      console.log(USAGE);
      return 0;
    }
    interruption.signal.addEventListener('abort', () => sayClosing(screen));
    await runDemo(options, screen, interruption.signal);
    screen.line(['Stopped; nothing is left behind.', 'dim']);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${USAGE}`);
      return 2;
    }
    if (interruption.exitCode !== undefined) {
      screen.line(['Interrupted; nothing is left behind.', 'dim']);
      return interruption.exitCode;
    }
    // What is known to go wrong explains itself; of anything else, all that is known.
    console.error(error instanceof Unavailable || error instanceof TaskerError ? error.message : error);
    return 1;
  }
}

function sayClosing(screen: Screen): void {
  screen.settle();
  // The terminal has written ^C at the cursor.
  if (screen.isLive) screen.line();
  screen.line(['Closing…', 'dim']);
}
