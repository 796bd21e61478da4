import ts from 'typescript';
import { expect, test } from 'vitest';

import { readFiles, type SourceFile } from './source-files.ts';

/* The folders whose exports other people build on, or check against a paper. */
const DOCUMENTED_FOLDERS = [
  'node-engine/raft',
  'node-engine/resp',
  'node-engine/machine',
  'main/contract',
];

/** The exported declarations of a file that no doc comment stands before. */
function undocumented(file: SourceFile): readonly string[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const documented = new Set<string>();
  for (const statement of source.statements) {
    if (!isExported(statement)) continue;
    const hasComment = ts.getJSDocCommentsAndTags(statement).length > 0;
    for (const name of declaredNames(statement)) {
      // The first of several overloads speaks for all.
      if (hasComment) documented.add(name);
      else if (!documented.has(name)) found.push(`${file.path}: ${name}`);
    }
  }
  return found;
}

function isExported(statement: ts.Statement): boolean {
  if (!ts.canHaveModifiers(statement)) return false;
  const modifiers = ts.getModifiers(statement) ?? [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}

function declaredNames(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  }
  if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  ) {
    return [statement.name?.text ?? 'default'];
  }
  return [];
}

test.each(DOCUMENTED_FOLDERS)('every export of %s has a doc comment', (folder) => {
  expect(readFiles(folder, ['.ts']).flatMap(undocumented)).toEqual([]);
});

test('an export without a doc comment is reported, and a private name is not', () => {
  const text = `
    /** Said. */
    export interface Said {}
    export interface Unsaid {}
    // A plain comment is not a doc comment.
    export const LIMIT = 1;
    function inner(): void {}
    export function go(): void { inner(); }
  `;
  expect(undocumented({ path: 'a.ts', text })).toEqual(['a.ts: Unsaid', 'a.ts: LIMIT', 'a.ts: go']);
});
