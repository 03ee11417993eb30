import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/** The rooms, lowest first. A room may import itself and the rooms before it. */
const ROOMS = [
  ...['core', 'handlers', 'logging', 'definitions', 'events'],
  ...['persistence', 'engine', 'auth', 'analysis', 'analytics'],
];
/** The faces on top: each may import any room, none may import another face. */
const FACES = ['rest', 'graphql', 'health', 'metrics', 'tracing', 'bullmq', 'client'];
/** May import everything; nobody imports them. */
const TOOLS = ['cli', 'testing'];
const FRAMEWORKS = '^(@nestjs/|typeorm$|bullmq$|pg$|node:(?!crypto|util))';

const rule = (room, forbidden, extra = []) => ({
  files: [`src/${room}/**/*.ts`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${forbidden.join('|')})/`,
            message: `${room} may not import an upper or neighbouring room.`,
          },
          ...extra,
        ],
      },
    ],
  },
});

export default defineConfig(
  globalIgnores(['dist/', 'dist-*/', 'coverage/']),
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  { languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } } },
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/require-await': 'off',
      // A decorator and the interface of the same name are one idea (StepHandler).
      '@typescript-eslint/no-redeclare': 'off',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/*.mjs'], extends: [tseslint.configs.disableTypeChecked], languageOptions: { globals: globals.node } },
  ...ROOMS.map((room, i) =>
    rule(
      room,
      [...ROOMS.slice(i + 1), ...FACES, ...TOOLS],
      room === 'core' ? [{ regex: FRAMEWORKS, message: 'core is plain TypeScript.' }] : [],
    ),
  ),
  ...FACES.map((room) => rule(room, [...FACES.filter((other) => other !== room), ...TOOLS])),
  prettier,
);
