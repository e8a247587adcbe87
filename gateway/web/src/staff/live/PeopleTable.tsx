/**
 * The table of people: only the visible rows exist, a row renders anew only when its person changed.
 *
 * To assistive technology it is one grid with one stop of the Tab key; the arrow keys move inside it.
 */
import type { SortingState } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type RefObject } from "react";
import type { Column, ColumnId, Places } from "./columns";
import { moved, type Cursor } from "./cursor";
import { Icon } from "./icons";
import { extended, toggled, wholeToggled, type Selection } from "./selection";
import styles from "./table.module.css";
import { useWords } from "./texts";
import type { Row } from "./types";

interface Props {
  gridRef: RefObject<HTMLDivElement | null>;
  order: readonly Row[];
  columns: readonly Column[];
  places: Places;
  sorting: SortingState;
  sort: (sorting: SortingState) => void;
  selection: Selection;
  select: (selection: Selection) => void;
  open: (participantId: string) => void;
  /** What to say when there is nobody to show. */
  empty: string;
  width: number;
}

/** As in the style sheet; a finger needs more. */
const ROW_PX = matchMedia("(pointer: coarse)").matches ? 44 : 40;
const HEAD_PX = 37;
/** Rows made above and below what is visible, so that a quick scroll does not show gaps. */
const OVERSCAN = 8;
const CHECK_TRACK = "2.5rem";

export function PeopleTable({ gridRef, order, columns, places, sorting, sort, selection, select, open, empty, width }: Props) {
  const t = useWords();
  const [cursor, setCursor] = useState<Cursor | null>(null);
  const shown = useMemo(() => columns.filter((each) => width >= each.from), [columns, width]);
  const ids = useMemo(() => order.map((each) => each.participant_id), [order]);
  // The table is made for live data: what the virtualizer returns is read on each render and kept nowhere.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtual = useVirtualizer({
    count: order.length,
    getScrollElement: () => gridRef.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => ids[index] ?? index,
    overscan: OVERSCAN,
    scrollPaddingStart: HEAD_PX,
  });
  const items = virtual.getVirtualItems();
  const at = cursor === null ? -1 : ids.indexOf(cursor.id);
  const cursorShown = items.some((each) => each.index === at);

  // Handlers that never change, so that rows stay as they are; they look at the newest state when they are called.
  const now = useRef({ ids, selection });
  useEffect(() => {
    now.current = { ids, selection };
  });
  const handlers = useMemo(
    () => ({
      press: (id: string, event: MouseEvent, check: boolean) => {
        setCursor({ id, column: 0 });
        const { ids, selection } = now.current;
        if (event.shiftKey) select(extended(selection, id, ids));
        else if (check || event.ctrlKey || event.metaKey) select(toggled(selection, id));
        else open(id);
      },
    }),
    [open, select],
  );

  function pressKey(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.target !== event.currentTarget) return;
    const id = cursor?.id ?? ids[0];
    if (id === undefined) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "a") select(wholeToggled({ ...selection, chosen: new Set() }, ids));
    else if (event.key === " ") select(event.shiftKey ? extended(selection, id, ids) : toggled(selection, id));
    else if (event.key === "Enter") open(id);
    else {
      const next = moved(event, cursor, ids, shown.length + 1, Math.max(1, Math.floor((gridRef.current?.clientHeight ?? 0) / ROW_PX) - 2));
      if (next === null) return;
      setCursor(next);
      virtual.scrollToIndex(ids.indexOf(next.id));
      if (event.shiftKey && next.id !== id) select(extended(selection.anchor === null ? { ...selection, anchor: id } : selection, next.id, ids));
    }
    event.preventDefault();
  }

  const tracks = [CHECK_TRACK, ...shown.map((each) => each.width)].join(" ");
  const all = order.length > 0 && ids.every((id) => selection.chosen.has(id));
  return (
    <div
      ref={gridRef}
      className={styles.grid}
      style={{ "--tracks": tracks } as React.CSSProperties}
      role="grid"
      aria-label={t("live.people")}
      aria-rowcount={order.length + 1}
      aria-colcount={shown.length + 1}
      aria-multiselectable="true"
      aria-activedescendant={cursorShown && cursor !== null ? cellId(cursor.id, cursor.column) : undefined}
      tabIndex={0}
      onKeyDown={pressKey}
      onFocus={(event) => {
        if (event.target === event.currentTarget && at < 0 && ids[0] !== undefined) setCursor({ id: ids[0], column: 0 });
      }}
    >
      <div className={styles.head} role="rowgroup">
        <div className={styles.row} role="row" aria-rowindex={1}>
          <div className={`${styles.cell} ${styles.check}`} role="columnheader" aria-colindex={1}>
            <input
              type="checkbox"
              aria-label={t("live.select-shown", { count: order.length })}
              checked={all}
              ref={(box) => {
                if (box !== null) box.indeterminate = !all && ids.some((id) => selection.chosen.has(id));
              }}
              onChange={() => select(wholeToggled(selection, ids))}
            />
          </div>
          {shown.map((column, index) => (
            <Heading key={column.id} column={column} index={index} sorting={sorting} sort={sort} />
          ))}
        </div>
      </div>
      <div className={styles.body} role="rowgroup" style={{ blockSize: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = order[index];
          if (row === undefined) return null;
          const id = row.participant_id;
          return (
            <PersonRow
              key={id}
              row={row}
              columns={shown}
              places={places}
              index={index}
              start={start}
              selected={selection.chosen.has(id)}
              active={cursor?.id === id ? cursor.column : -1}
              press={handlers.press}
            />
          );
        })}
      </div>
      {order.length === 0 && <p className={styles.empty}>{empty}</p>}
    </div>
  );
}

function Heading({ column, index, sorting, sort }: { column: Column; index: number } & Pick<Props, "sorting" | "sort">) {
  const t = useWords();
  const current = sorting.find((each) => each.id === column.id);
  const direction = current === undefined ? "none" : current.desc ? "descending" : "ascending";
  return (
    <div className={styles.cell} role="columnheader" aria-colindex={index + 2} aria-sort={direction} data-numeric={column.numeric}>
      <button type="button" className={styles.sort} onClick={() => sort(next(column.id, current?.desc))}>
        <span className={styles.cell} style={{ padding: 0 }}>
          {t(column.header)}
        </span>
        {current !== undefined && <Icon name={current.desc ? "down" : "up"} size={12} />}
      </button>
    </div>
  );
}

/** Upwards, downwards, and back to the order in which people enrolled. */
function next(id: ColumnId, desc: boolean | undefined): SortingState {
  if (desc === undefined) return [{ id, desc: false }];
  return desc ? [] : [{ id, desc: true }];
}

interface RowProps {
  row: Row;
  columns: readonly Column[];
  places: Places;
  index: number;
  start: number;
  selected: boolean;
  /** The cell the keyboard is on; -1: none of them. */
  active: number;
  press: (id: string, event: MouseEvent, check: boolean) => void;
}

const PersonRow = memo(function PersonRow({ row, columns, places, index, start, selected, active, press }: RowProps) {
  const id = row.participant_id;
  return (
    // The grid around it answers the keyboard.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      className={styles.row}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      style={{ transform: `translateY(${start}px)` }}
      onClick={(event) => press(id, event, false)}
      onMouseDown={(event) => {
        // Choosing a range must not mark text.
        if (event.shiftKey) event.preventDefault();
      }}
    >
      {/* eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus */}
      <div
        id={cellId(id, 0)}
        className={`${styles.cell} ${styles.check}`}
        role="gridcell"
        aria-colindex={1}
        data-active={active === 0 ? "" : undefined}
        onClick={(event) => {
          event.stopPropagation();
          press(id, event, true);
        }}
      >
        <input type="checkbox" tabIndex={-1} aria-label={row.name} checked={selected} readOnly />
      </div>
      {columns.map(({ id: column, numeric, Cell }, at) => (
        <div
          key={column}
          id={cellId(id, at + 1)}
          className={styles.cell}
          role="gridcell"
          aria-colindex={at + 2}
          data-numeric={numeric}
          data-active={active === at + 1 ? "" : undefined}
        >
          <Cell row={row} places={places} />
        </div>
      ))}
    </div>
  );
});

const cellId = (id: string, column: number): string => `person-${id}-${column}`;
