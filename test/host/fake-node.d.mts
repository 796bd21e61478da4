export interface FakeNodeOptions {
  readonly id: string;
  readonly address: string;
  readonly directory: string;
  readonly join: string | null;
  readonly wait: boolean;
}

export function startFakeNode(
  options: FakeNodeOptions,
): Promise<{ readonly close: () => Promise<void> }>;
