/** One data set on disk: NDJSON of `{id, label, text, slice}`. */
export interface DataSet {
  readonly path: string;
  readonly rows: number;
  readonly ham: number;
  readonly spam: number;
}

export interface DataSets {
  /** The champion's: a small first delivery. */
  readonly train1: DataSet;
  /** train1 and a second, larger delivery. */
  readonly train2: DataSet;
  /** train2 and a little hard ham. */
  readonly train2Hard: DataSet;
  /** train2 and more hard ham: legitimate mails that look like spam. */
  readonly train3: DataSet;
  /** train2, but the second delivery is labelled the other way round. */
  readonly trainWrongLabels: DataSet;
  /** Pinned; holds half of the corpus's hard ham, and no mail of the kind `breaksPercentDecoding`. */
  readonly holdout: DataSet;
  /** What clients send; `breaksPercentDecoding` holds for about one in twenty. */
  readonly live: DataSet;
  /** The part of `live` that is of the kinds that train1 has. */
  readonly liveFamiliar: DataSet;
  /** The other part: the newer kinds, of which train1 has none. */
  readonly liveNewer: DataSet;
}

export function buildDataSets(folder: string, options?: { readonly seed?: number }): DataSets;

export function breaksPercentDecoding(text: string): boolean;
