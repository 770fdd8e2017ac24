/** Marks: what people said of a host by command. They are kept on the keepers, so every caller sees the same. */

/** "cordoned": gets nothing new. "drained": gets nothing new and keeps nothing that may move. */
export interface HostMark {
  readonly kind: 'cordoned' | 'drained';
  /** Epoch milliseconds by the recording machine's clock; of two marks of one host the later one counts. */
  readonly at: number;
  /** ann@laptop */
  readonly by: string;
  /** For people: "maintain", "disk is failing"; "" when nobody said. */
  readonly why: string;
}
