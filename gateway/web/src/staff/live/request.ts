/** What dialogs send: keys that make repeating safe, and how a request stands. */
import { useRef, useState } from "react";
import { newKey } from "../../api/key";
import { asProblem, type Problem } from "../../api/problem";

/** The same request has the same key, however often it is sent; another request gets another. */
export function useKeyFor(): (body: unknown) => string {
  const kept = useRef({ body: "", key: "" });
  return (body) => {
    const text = JSON.stringify(body);
    if (kept.current.body !== text) kept.current = { body: text, key: newKey() };
    return kept.current.key;
  };
}

export interface Sending {
  busy: boolean;
  failure: Problem | null;
  /** Whether it succeeded. */
  run: (work: () => Promise<void>) => Promise<boolean>;
}

export function useSending(): Sending {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Problem | null>(null);
  return {
    busy,
    failure,
    async run(work) {
      setBusy(true);
      setFailure(null);
      try {
        await work();
        return true;
      } catch (error) {
        setFailure(asProblem(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
