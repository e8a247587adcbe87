/** The queue for a browser that refuses to keep things: all is well as long as the page stays open. */
import type { Entry, Queue } from "./queue";

export function createMemoryQueue(participantId: string): Queue {
  let newest = 0;
  let entries: Entry[] = [];
  const next = () => (newest += 1);

  return {
    add(deed) {
      const entry: Entry = { ...deed, participant_id: participantId, seq: next() };
      entries.push(entry);
      return Promise.resolve(entry);
    },
    nextSeq: () => Promise.resolve(next()),
    waiting: () => Promise.resolve([...entries]),
    acknowledge(seqs) {
      entries = entries.filter((each) => !seqs.includes(each.seq));
      return Promise.resolve();
    },
    continueAfter(seq) {
      newest = Math.max(newest, seq);
      return Promise.resolve();
    },
    clear() {
      entries = [];
      return Promise.resolve();
    },
    close: () => undefined,
  };
}
