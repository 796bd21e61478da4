/** A file is no state that can be restored; nothing was changed. */
export class RestoreSourceError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RestoreSourceError';
  }
}
