import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** One numbered pair of SQL files. */
export interface MigrationFile {
  readonly number: number;
  readonly title: string;
  readonly up: string;
  readonly down: string;
}

/** `migrations/` is shipped beside `dist/` and stands beside `src/`, so the same relative path serves both. */
const FOLDER = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** All migrations, in order. */
export function readMigrationFiles(folder = FOLDER): MigrationFile[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.up.sql'));
  return files.sort().map((file) => {
    const [, number, title] = /^(\d{4})_([a-z0-9_]+)\.up\.sql$/.exec(file) ?? [];
    if (number === undefined || title === undefined) throw new Error(`Not a migration's name: ${file}`);
    return {
      number: Number(number),
      title,
      up: readFileSync(`${folder}/${file}`, 'utf8'),
      down: readFileSync(`${folder}/${file.replace('.up.', '.down.')}`, 'utf8'),
    };
  });
}
