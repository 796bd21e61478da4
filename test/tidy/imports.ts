import ts from 'typescript';
import { posix } from 'node:path';

import { ANYTHING, IMPORT_RULES, type ImportRule } from './import-rules.ts';
import type { SourceFile } from './source-files.ts';

/** One import, export-from or dynamic import with a literal specifier. */
export interface ImportSite {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** Every import of a file, found in its syntax tree. */
export function importsOf(file: SourceFile): readonly ImportSite[] {
  const kind = file.path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ES2023, false, kind);
  const sites: ImportSite[] = [];
  visit(source, sites);
  return sites;
}

function visit(node: ts.Node, sites: ImportSite[]): void {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    sites.push({ specifier: node.moduleSpecifier.text, typeOnly: isTypeOnly(node.importClause) });
  } else if (
    ts.isExportDeclaration(node) &&
    node.moduleSpecifier !== undefined &&
    ts.isStringLiteral(node.moduleSpecifier)
  ) {
    sites.push({ specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly });
  } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    if (argument !== undefined && ts.isStringLiteral(argument)) {
      sites.push({ specifier: argument.text, typeOnly: false });
    }
  } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    const literal = node.argument.literal;
    if (ts.isStringLiteral(literal)) sites.push({ specifier: literal.text, typeOnly: true });
  }
  ts.forEachChild(node, (child) => {
    visit(child, sites);
  });
}

function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return (
    clause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every((element) => element.isTypeOnly)
  );
}

/** Why `file` may not import `site`, or undefined when it may. */
export function violation(file: SourceFile, site: ImportSite): string | undefined {
  const row = rowOf(file.path);
  if (row === undefined) return `${file.path}: its folder has no row in test/tidy/import-rules.ts`;
  const rule = IMPORT_RULES[row] ?? {};
  const allowed = site.specifier.startsWith('.')
    ? mayImportFile(row, rule, file, site)
    : mayImportPackage(rule, site.specifier);
  return allowed ? undefined : `${file.path} -> ${site.specifier}${site.typeOnly ? ' (type)' : ''}`;
}

/** The row of the rules that governs a path: the longest folder that contains it. */
export function rowOf(path: string): string | undefined {
  return Object.keys(IMPORT_RULES)
    .filter((folder) => isWithin(path, folder))
    .sort((left, right) => right.length - left.length)[0];
}

function mayImportFile(row: string, rule: ImportRule, file: SourceFile, site: ImportSite): boolean {
  const target = posix.normalize(posix.join(posix.dirname(file.path), site.specifier));
  if (rowOf(target) === row) return true;
  const folders = rule.folders ?? [];
  const types = site.typeOnly ? (rule.types ?? []) : [];
  return [...folders, ...types].some((folder) => folder === ANYTHING || isWithin(target, folder));
}

function mayImportPackage(rule: ImportRule, specifier: string): boolean {
  return (rule.packages ?? []).some(
    (name) =>
      name === ANYTHING ||
      (name === 'node:' ? specifier.startsWith('node:') : isWithin(specifier, name)),
  );
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}
