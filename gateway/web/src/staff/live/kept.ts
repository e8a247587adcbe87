/** What this browser remembers of how somebody likes the dashboard. A browser that keeps nothing still works. */
import { useCallback, useState } from "react";

function read<Value>(name: string, usual: Value): Value {
  try {
    const kept = localStorage.getItem(name);
    return kept === null ? usual : (JSON.parse(kept) as Value);
  } catch {
    return usual;
  }
}

export function useKept<Value>(name: string, usual: Value): [Value, (value: Value) => void] {
  const [value, setValue] = useState(() => read(name, usual));
  const keep = useCallback(
    (next: Value) => {
      setValue(next);
      try {
        localStorage.setItem(name, JSON.stringify(next));
      } catch {
        return;
      }
    },
    [name],
  );
  return [value, keep];
}
