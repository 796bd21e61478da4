import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/* What a deterministic folder may not touch: its time and chance are inputs. The compiler bars timers
 * and node: from the pure folders; these calls are plain JavaScript, so only lint can see them. */
const nondeterminism = {
  properties: [
    { object: 'Math', property: 'random', message: 'Chance is an input here: take a seed.' },
    { object: 'Date', property: 'now', message: 'Time is an input here: take it as an argument.' },
    { object: 'crypto', property: 'randomUUID', message: 'Chance is an input here: take a seed.' },
    { object: 'crypto', property: 'getRandomValues', message: 'Chance is an input: take a seed.' },
  ],
  globals: ['Date', 'performance', 'crypto', 'setTimeout', 'setInterval', 'setImmediate'].map(
    (name) => ({ name, message: 'Time and chance are inputs here: take them as arguments.' }),
  ),
};

/* Ways to run text as code, or as markup. */
const codeFromText = [
  { selector: 'NewExpression[callee.name="Function"]', message: 'Text never becomes code here.' },
  { selector: 'CallExpression[callee.name="Function"]', message: 'Text never becomes code here.' },
  {
    selector:
      'AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/], ' +
      'CallExpression[callee.property.name=/^(insertAdjacentHTML|setHTMLUnsafe)$/]',
    message: 'Text never becomes markup: build elements or set textContent.',
  },
  {
    selector: 'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
    message: 'Text never becomes markup: render it as a child.',
  },
  {
    selector:
      'CallExpression[callee.name=/^(exec|execSync)$/], ' +
      'CallExpression[callee.object.name=/^(child_process|childProcess)$/]' +
      '[callee.property.name=/^(exec|execSync)$/]',
    message: 'A shell parses that string: use execFile or spawn with an argument list.',
  },
  {
    selector: 'Property[key.name="shell"][value.value=true]',
    message: 'A shell parses that string: use execFile or spawn with an argument list.',
  },
  {
    selector: 'CallExpression[callee.object.name="shell"][callee.property.name="openExternal"]',
    message: 'Links leave the app through main/electron/external-links.ts only.',
  },
];

/* TypeScript that does not erase to the same JavaScript, and imports that hide what they bring. */
const plainTypeScript = [
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
  { selector: 'TSModuleDeclaration[kind="namespace"]', message: 'A file is the namespace.' },
  { selector: 'Decorator', message: 'Call a function instead.' },
  { selector: 'ExportAllDeclaration', message: 'Name what is exported: no barrels.' },
];

export default tseslint.config(
  { ignores: ['out/', 'release/', 'test-results/', 'test/fixtures/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always'],
      'no-eval': 'error',
      'no-restricted-syntax': ['error', ...codeFromText, ...plainTypeScript],
    },
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      // A port is asynchronous because of its slowest twin; the memory twin has nothing to await.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    // Deterministic folders: the same inputs give the same run, on every replica and in every replay.
    files: ['raft', 'resp', 'check', 'sim', 'machine', 'machines'].map(
      (folder) => `node-engine/${folder}/**/*.ts`,
    ),
    rules: {
      'no-restricted-properties': ['error', ...nondeterminism.properties],
      'no-restricted-globals': ['error', ...nondeterminism.globals],
    },
  },
  {
    files: ['renderer/**/*.ts', 'renderer/**/*.tsx'],
    plugins: { 'react-hooks': reactHooks },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
    },
  },
  {
    // The one file through which a link may leave the app; it checks the address first.
    files: ['main/electron/external-links.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...codeFromText.filter((ban) => !ban.selector.includes('openExternal')),
        ...plainTypeScript,
      ],
    },
  },
  {
    // Electron comes in at the two entries, main and preload; everything else gets the parts that it
    // may use as an argument, so that nothing makes a window or a channel of its own.
    files: ['main/**/*.ts'],
    ignores: ['main/electron/main.ts', 'main/electron/preload.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: 'electron',
              allowTypeImports: true,
              message: 'Take what you need of Electron as an argument (ElectronApi).',
            },
            { name: '@electron/remote', message: 'The page asks the host, by the contract.' },
          ],
        },
      ],
    },
  },
  {
    // A describe block is one long function by nature.
    files: ['test/**/*.ts', 'test/**/*.tsx'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        Buffer: 'readonly',
        fetch: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
      },
    },
  },
);
