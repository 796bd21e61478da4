/** Arguments that stay when the memory they came in is used again. */
export function ownArguments(args: readonly Uint8Array[]): readonly Uint8Array[] {
  return args.map((argument) => argument.slice());
}
