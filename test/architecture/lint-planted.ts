/**
 * Lints the `[{ file, code }]` of its argument and prints the messages of each. A process of its own, because ESLint loads
 * its configuration in ways that jest's module system does not follow. Type-aware rules are off: the files do not exist.
 */
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const planted = JSON.parse(process.argv[2] ?? '[]') as { file: string; code: string }[];
const eslint = new ESLint({ overrideConfig: tseslint.configs.disableTypeChecked as ESLint.Options['overrideConfig'] });
const results = await Promise.all(planted.map(({ file, code }) => eslint.lintText(code, { filePath: file })));
console.log(JSON.stringify(results.map(([result]) => result?.messages.map(({ message }) => message))));
