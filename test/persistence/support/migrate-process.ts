/** A process that applies the migrations when it is told to, and writes what it applied. */
import { DataSource } from 'typeorm';
import { runMigrations } from '../../../src/persistence/migrations.js';

const dataSource = await new DataSource({ type: 'postgres', url: process.argv[2] }).initialize();
process.once('message', () => {
  void runMigrations(dataSource).then(async (applied) => {
    console.log(`applied ${JSON.stringify(applied)}`);
    await dataSource.destroy();
    process.exit();
  });
});
console.log('ready');
