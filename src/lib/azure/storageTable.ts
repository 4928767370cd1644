export interface Row {
  readonly rowKey: string;
  readonly etag: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

export type Properties = Readonly<Record<string, string | number>>;

export type Operation =
  /** Conflicts when the row is there. */
  | { readonly do: 'create'; readonly rowKey: string; readonly properties: Properties }
  /** Sets these properties and leaves others, whether the row is there or not. */
  | { readonly do: 'put'; readonly rowKey: string; readonly properties: Properties }
  /** Sets these properties and leaves others; conflicts when the row is gone or its ETag is another. */
  | { readonly do: 'update'; readonly rowKey: string; readonly properties: Properties; readonly etag: string }
  /** Conflicts when the row is gone. */
  | { readonly do: 'delete'; readonly rowKey: string };

export interface Range {
  readonly from: string;
  /** Row keys lower than this. */
  readonly below: string;
  readonly where?: { readonly property: string; readonly is: 'eq' | 'lt' | 'le'; readonly value: string };
  readonly keysOnly?: boolean;
  /** The properties that are read; absent: all. */
  readonly only?: readonly string[];
}

/** What Steward needs of the table service. The twin in memory is another one, so that rules are written once. */
export interface Table {
  get(partition: string, rowKey: string): Promise<Row | undefined>;
  /** At most `limit` rows in order of their keys; follows continuations while pages are short. */
  range(partition: string, range: Range, limit: number): Promise<readonly Row[]>;
  /** All or nothing. Throws `Conflict` on 404, 409 and 412. The new ETag of the first row, unless it was deleted. */
  transact(partition: string, operations: readonly Operation[]): Promise<string | undefined>;
  /** Deletes one row under its ETag, which a transaction of the client cannot. Throws `Conflict`. */
  remove(partition: string, rowKey: string, etag: string): Promise<void>;
}
