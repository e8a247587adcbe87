/** The order of the table: filtered and sorted rows, made by TanStack Table. */
import {
  columnFilteringFeature,
  createFilteredRowModel,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type SortingState,
} from "@tanstack/react-table";
import { useMemo } from "react";
import type { Column } from "./columns";
import type { Row, Status } from "./types";

const features = tableFeatures({
  columnFilteringFeature,
  rowSortingFeature,
  filteredRowModel: createFilteredRowModel(),
  sortedRowModel: createSortedRowModel(),
});

export interface Wanted {
  search: string;
  /** Empty: every status. */
  statuses: readonly Status[];
  /** Only those with an alert that nobody has seen to. */
  alerted: boolean;
}

/** Names are looked for without regard to case and accents, so that "jose" finds "José". */
export function bare(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

export function found(row: Pick<Row, "name" | "external_id">, search: string): boolean {
  const inside = bare(`${row.name} ${row.external_id ?? ""}`);
  return bare(search)
    .split(/\s+/)
    .every((word) => inside.includes(word));
}

export function useOrder(people: readonly Row[], columns: readonly Column[], { search, statuses, alerted }: Wanted, sorting: SortingState): readonly Row[] {
  const definitions = useMemo(() => columns.map(defined), [columns]);
  const columnFilters = useMemo(
    () => [
      { id: "name", value: search.trim() },
      { id: "status", value: statuses },
      ...(alerted ? [{ id: "alerts", value: ALERTED }] : []),
    ],
    [search, statuses, alerted],
  );
  const data = people as Row[];
  const table = useTable({ features, columns: definitions, data, state: { sorting, columnFilters }, getRowId: (row) => row.participant_id });
  return table.getRowModel().rows.map((each) => each.original);
}

/** In place of a list of statuses: whoever has an open alert. */
const ALERTED = Symbol("alerted");

function defined(column: Column): ColumnDef<typeof features, Row> {
  return {
    id: column.id,
    accessorFn: column.value,
    sortUndefined: "last",
    sortFn: (one, other, id) => compared(one.getValue(id), other.getValue(id)) || compared(keyOf(one.original.name), keyOf(other.original.name)),
    filterFn: (row, _id, wanted: string | readonly Status[] | typeof ALERTED) =>
      wanted === ALERTED ? row.original.alerts > 0 : typeof wanted === "string" ? wanted === "" || found(row.original, wanted) : wanted.length === 0 || wanted.includes(row.original.status),
  };
}

function compared(one: unknown, other: unknown): number {
  if (typeof one === "number" && typeof other === "number") return one - other;
  const [first, second] = [String(one), String(other)];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** Digits in front of one another sort as numbers do up to this length. */
const DIGITS = 8;
/** More names than any session has; then the cache begins anew. */
const KEYS_MAX = 50_000;
const keys = new Map<string, string>();

/** What a text sorts by: without case and accents, numbers in it by their value. Kept, because frames come often. */
export function keyOf(text: string): string {
  const known = keys.get(text);
  if (known !== undefined) return known;
  if (keys.size >= KEYS_MAX) keys.clear();
  const key = bare(text).replace(/\d+/g, (digits) => digits.padStart(DIGITS, "0"));
  keys.set(text, key);
  return key;
}
