/**
 * An answer between the hand and the queue. What is typed becomes an answer when the candidate pauses, leaves the field or
 * hides the page; what is chosen does at once. Until the queue has it on disk it is kept where writing takes no time at
 * all, so that a page that is closed or reloaded in the very moment loses nothing either.
 */
import type { Response } from "../api/types";
import type { Deed } from "./queue";

type Draft = readonly [itemId: string, response: Response | null];

export interface Kept {
  read: () => readonly Draft[];
  write: (drafts: readonly Draft[]) => void;
}

export interface Drafts {
  /** `typed`: more will follow at once, so it may wait for a pause. */
  take: (itemId: string, response: Response | null, typed: boolean) => void;
  /** Make every draft an answer now, in the order they were begun. */
  flush: () => Promise<void>;
  /** What an earlier page could not finish becomes an answer. To be done before anything newer. */
  recover: () => Promise<void>;
  pending: () => Deed[];
}

export const PAUSE_MS = 800;

export function createDrafts(
  answer: (itemId: string, response: Response | null) => Promise<void>,
  drafting: (any: boolean) => void,
  after: (ms: number, run: () => void) => () => void,
  kept: Kept,
): Drafts {
  const drafts = new Map<string, Response | null>();
  /** The one that is on its way into the queue. */
  const leaving = new Map<string, Response | null>();
  let cancel = () => {};
  let turn: Promise<void> = Promise.resolve();

  const all = (): Draft[] => [...new Map([...leaving, ...drafts])];

  /** One after the other: an older answer to an item never gets in after a newer one. */
  async function empty(): Promise<void> {
    for (const [itemId, response] of drafts) {
      drafts.delete(itemId);
      leaving.set(itemId, response);
      await answer(itemId, response);
      leaving.delete(itemId);
      kept.write(all());
    }
    drafting(drafts.size > 0);
  }

  function flush(): Promise<void> {
    cancel();
    turn = turn.then(empty);
    return turn;
  }

  return {
    take(itemId, response, typed) {
      drafts.set(itemId, response);
      kept.write(all());
      drafting(true);
      cancel();
      if (typed) cancel = after(PAUSE_MS, () => void flush());
      else void flush();
    },
    flush,
    recover() {
      for (const [itemId, response] of kept.read()) drafts.set(itemId, response);
      return flush();
    },
    pending: () => all().map(([item_id, response]) => ({ kind: "answer", item_id, response })),
  };
}

/** Kept in the browser's storage under the participant's id. */
export function keptIn(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">, participantId: string): Kept {
  const name = `examhall.drafts.${participantId}`;
  return {
    read() {
      try {
        return JSON.parse(storage.getItem(name) ?? "[]") as Draft[];
      } catch {
        return [];
      }
    },
    write(drafts) {
      try {
        if (drafts.length === 0) storage.removeItem(name);
        else storage.setItem(name, JSON.stringify(drafts));
      } catch {
        // No room, or not allowed: the draft still becomes an answer in a moment, as it does without this net.
      }
    },
  };
}
