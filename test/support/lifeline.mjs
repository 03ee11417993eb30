/** A child process of a test ends with the test that started it, even when that is killed. */
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();
