/** What the service knows and this emulator does not do: as loud as a route that is missing. */
export class NotDone extends Error {
  override name = 'NotDone';
}
