/**
 * Everything the candidate did that the server has not acknowledged yet, kept in IndexedDB so that a closed tab, a crash
 * or a lost network loses nothing. An entry is written here before it is sent, and removed only by its acknowledgement;
 * its `seq` never changes, so sending it again cannot count twice.
 */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";

export interface Answer {
  kind: "answer";
  item_id: string;
  response: unknown;
}
export interface Flag {
  kind: "flag";
  item_id: string;
  flagged: boolean;
}
export type Deed = Answer | Flag;
export type Entry = Deed & { participant_id: string; seq: number };

interface Schema extends DBSchema {
  entries: { key: [string, number]; value: Entry };
  seqs: { key: string; value: number };
}

export interface Queue {
  /** Record a deed under the next seq. Resolves once it is on disk. */
  add(deed: Deed): Promise<Entry>;
  /** A seq for something that need not survive, such as where the candidate looks. */
  nextSeq(): Promise<number>;
  /** In the order they happened. */
  waiting(): Promise<Entry[]>;
  /** The server has these. */
  acknowledge(seqs: readonly number[]): Promise<void>;
  /** The server knows seqs up to this one, perhaps from another device: go on after it. */
  continueAfter(seq: number): Promise<void>;
  /** The attempt is over and the receipt is here: forget what is left. */
  clear(): Promise<void>;
  close(): void;
}

const NAME = "examhall";
const VERSION = 1;

export async function openQueue(participantId: string): Promise<Queue> {
  const db: IDBPDatabase<Schema> = await openDB<Schema>(NAME, VERSION, {
    upgrade(created) {
      created.createObjectStore("entries", { keyPath: ["participant_id", "seq"] });
      created.createObjectStore("seqs");
    },
  });
  const all = IDBKeyRange.bound([participantId, 0], [participantId, Number.MAX_SAFE_INTEGER]);

  return {
    async add(deed) {
      const transaction = db.transaction(["entries", "seqs"], "readwrite", { durability: "strict" });
      const seq = ((await transaction.objectStore("seqs").get(participantId)) ?? 0) + 1;
      const entry: Entry = { ...deed, participant_id: participantId, seq };
      await transaction.objectStore("seqs").put(seq, participantId);
      await transaction.objectStore("entries").add(entry);
      await transaction.done;
      return entry;
    },
    async nextSeq() {
      const transaction = db.transaction("seqs", "readwrite");
      const seq = ((await transaction.store.get(participantId)) ?? 0) + 1;
      await transaction.store.put(seq, participantId);
      await transaction.done;
      return seq;
    },
    waiting: () => db.getAll("entries", all),
    async acknowledge(seqs) {
      const transaction = db.transaction("entries", "readwrite");
      await Promise.all(seqs.map((seq) => transaction.store.delete([participantId, seq])));
      await transaction.done;
    },
    async continueAfter(seq) {
      const transaction = db.transaction("seqs", "readwrite");
      const known = (await transaction.store.get(participantId)) ?? 0;
      if (seq > known) await transaction.store.put(seq, participantId);
      await transaction.done;
    },
    async clear() {
      await db.delete("entries", all);
    },
    close: () => db.close(),
  };
}
