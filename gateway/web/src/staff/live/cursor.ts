/** Where the keyboard is in the table. It stays with the person when the order changes. Pure. */

export interface Cursor {
  id: string;
  column: number;
}

interface Pressed {
  key: string;
  ctrlKey: boolean;
}

/** Null when the key does not move the cursor. `page`: how many rows fit on the screen. */
export function moved({ key, ctrlKey }: Pressed, cursor: Cursor | null, ids: readonly string[], columns: number, page: number): Cursor | null {
  const row = cursor === null ? -1 : ids.indexOf(cursor.id);
  const column = cursor?.column ?? 0;
  const last = ids.length - 1;
  const to = (index: number, toColumn: number): Cursor | null => {
    const id = ids[Math.min(last, Math.max(0, index))];
    return id === undefined ? null : { id, column: Math.min(columns - 1, Math.max(0, toColumn)) };
  };
  const rtl = document.documentElement.dir === "rtl";
  switch (key) {
    case "ArrowDown":
      return to(row + 1, column);
    case "ArrowUp":
      return to(Math.max(0, row) - 1, column);
    case "ArrowRight":
      return to(Math.max(0, row), column + (rtl ? -1 : 1));
    case "ArrowLeft":
      return to(Math.max(0, row), column + (rtl ? 1 : -1));
    case "PageDown":
      return to(row + page, column);
    case "PageUp":
      return to(row - page, column);
    case "Home":
      return ctrlKey ? to(0, 0) : to(Math.max(0, row), 0);
    case "End":
      return ctrlKey ? to(last, columns - 1) : to(Math.max(0, row), columns - 1);
    default:
      return null;
  }
}
