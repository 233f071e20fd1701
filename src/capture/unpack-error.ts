/** A packed capture that cannot be unpacked any further: it is cut or corrupt. */
export class UnpackError extends Error {
  constructor(what: string) {
    super(what)
    this.name = 'UnpackError'
  }
}
