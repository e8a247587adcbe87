/** What is being typed: it becomes an answer when the candidate pauses, leaves the field or hides the page. */
import type { Response } from "../api/types";
import type { Deed } from "./queue";

export interface Drafts {
  set: (itemId: string, response: Response | null) => void;
  /** Drop a draft that something newer replaces. */
  drop: (itemId: string) => void;
  /** Make every draft an answer now, in the order they were begun. */
  flush: () => Promise<void>;
  pending: () => Deed[];
}

export const PAUSE_MS = 800;

export function createDrafts(
  answer: (itemId: string, response: Response | null) => Promise<void>,
  drafting: (any: boolean) => void,
  after: (ms: number, run: () => void) => () => void,
): Drafts {
  const drafts = new Map<string, Response | null>();
  let cancel = () => {};

  async function flush(): Promise<void> {
    cancel();
    const taken = [...drafts];
    drafts.clear();
    for (const [itemId, response] of taken) await answer(itemId, response);
    drafting(drafts.size > 0);
  }

  return {
    set(itemId, response) {
      drafts.set(itemId, response);
      drafting(true);
      cancel();
      cancel = after(PAUSE_MS, () => void flush());
    },
    drop(itemId) {
      drafts.delete(itemId);
      drafting(drafts.size > 0);
    },
    flush,
    pending: () => [...drafts].map(([item_id, response]) => ({ kind: "answer", item_id, response })),
  };
}
