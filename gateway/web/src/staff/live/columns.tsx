/** The columns of the table: what they sort by and how a person looks in them. */
import type { FunctionComponent } from "react";
import type { ServerClock } from "../../clock/serverClock";
import { momentHere } from "../../i18n/moments";
import { Icon } from "./icons";
import { keyOf } from "./model";
import { StatusMark } from "./StatusMark";
import styles from "./table.module.css";
import { clockFace, elapsedMs, remainingMs, STATUSES } from "./tally";
import { useWords, type Key } from "./texts";
import { useTicking } from "./ticker";
import type { Row, Session } from "./types";

/** Where an item is: the section's title, and the item's place in it. */
export type Places = ReadonlyMap<string, { section: string; number: number; title: string }>;

export function placesOf(session: Pick<Session, "outline"> | null): Places {
  return new Map(
    session?.outline.flatMap((section) =>
      section.items.map((item, index) => [item.item_id, { section: section.title, number: index + 1, title: item.title }] as const),
    ),
  );
}

export interface CellProps {
  row: Row;
  places: Places;
}

export interface Column {
  id: ColumnId;
  header: Key;
  /** The track of the grid. */
  width: string;
  /** Shown from this width of the table on, in pixels. */
  from: number;
  numeric?: true;
  /** What to sort by; undefined comes last. */
  value: (row: Row) => string | number | undefined;
  Cell: FunctionComponent<CellProps>;
}

export type ColumnId =
  | "status"
  | "name"
  | "external"
  | "progress"
  | "flagged"
  | "place"
  | "remaining"
  | "elapsed"
  | "attempts"
  | "alerts"
  | "connection";

export function columnsFor(clock: ServerClock): readonly Column[] {
  return [
    { id: "status", header: "live.column.status", width: "8rem", from: 0, value: (row) => STATUSES.indexOf(row.status), Cell: StatusCell },
    { id: "name", header: "live.column.name", width: "minmax(6.5rem, 1fr)", from: 0, value: (row) => keyOf(row.name), Cell: NameCell },
    { id: "external", header: "live.column.external", width: "5.6rem", from: 720, value: (row) => (row.external_id === null ? undefined : keyOf(row.external_id)), Cell: ExternalCell },
    { id: "progress", header: "live.column.progress", width: "7.6rem", from: 500, value: (row) => row.answered / Math.max(1, row.total), Cell: ProgressCell },
    { id: "flagged", header: "live.column.flagged", width: "3.6rem", from: 780, numeric: true, value: (row) => row.flagged, Cell: FlaggedCell },
    { id: "place", header: "live.column.place", width: "6.6rem", from: 850, value: (row) => row.item_id ?? undefined, Cell: PlaceCell },
    {
      id: "remaining",
      header: "live.column.remaining",
      width: "5.2rem",
      from: 0,
      numeric: true,
      value: (row) => remainingMs(row, clock.now()) ?? undefined,
      Cell: RemainingCell,
    },
    { id: "elapsed", header: "live.column.elapsed", width: "4.9rem", from: 930, numeric: true, value: (row) => elapsedMs(row, clock.now()), Cell: ElapsedCell },
    { id: "attempts", header: "live.column.tries", width: "3.6rem", from: 980, numeric: true, value: (row) => row.attempt_number, Cell: AttemptsCell },
    { id: "alerts", header: "live.column.alerts", width: "3.8rem", from: 560, numeric: true, value: (row) => row.alerts, Cell: AlertsCell },
    { id: "connection", header: "live.column.connection", width: "3.2rem", from: 620, value: (row) => (row.connected ? 0 : 1), Cell: ConnectionCell },
  ];
}

export function StatusCell({ row }: Pick<CellProps, "row">) {
  return <StatusMark status={row.status} />;
}

function NameCell({ row }: CellProps) {
  return (
    <bdi className={styles.name} title={row.name}>
      {row.name}
    </bdi>
  );
}

function ExternalCell({ row }: CellProps) {
  return <bdi className={styles.quiet}>{row.external_id}</bdi>;
}

function ProgressCell({ row }: CellProps) {
  const share = row.total === 0 ? 0 : row.answered / row.total;
  return (
    <span className={styles.progress}>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.done} style={{ inlineSize: `${(share * 100).toFixed(1)}%` }} />
      </span>
      <span className={styles.number}>
        {row.answered}/{row.total}
      </span>
    </span>
  );
}

function FlaggedCell({ row }: CellProps) {
  return row.flagged === 0 ? <Nothing /> : <>{row.flagged}</>;
}

function PlaceCell({ row, places }: CellProps) {
  const place = row.item_id === null ? undefined : places.get(row.item_id);
  if (place === undefined || row.phase === "complete") return <Nothing />;
  return (
    <span className={styles.clipped} title={`${place.section} · ${place.number}: ${place.title}`}>
      <bdi>{place.section}</bdi> · {place.number}
    </span>
  );
}

/** The last five minutes look different. */
const URGENT_MS = 300_000;

export function RemainingCell({ row }: Pick<CellProps, "row">) {
  const t = useWords();
  const shown = useTicking((now) => {
    const left = remainingMs(row, now);
    return left === null ? null : clockFace(left);
  });
  const urgent = useTicking((now) => (remainingMs(row, now) ?? Infinity) <= URGENT_MS && row.deadline_at !== null);
  if (shown === null) return <Nothing />;
  const standing = row.deadline_at === null;
  return (
    <span className={styles.number} data-urgent={urgent} data-standing={standing} title={standing ? t("live.clock-stands") : undefined}>
      {shown}
    </span>
  );
}

function ElapsedCell({ row }: CellProps) {
  const shown = useTicking((now) => (row.began_at === null ? null : clockFace(elapsedMs(row, now))));
  return shown === null ? <Nothing /> : <span className={styles.number}>{shown}</span>;
}

function AttemptsCell({ row }: CellProps) {
  return <>{row.attempt_number}</>;
}

function AlertsCell({ row }: CellProps) {
  if (row.alerts === 0) return <Nothing />;
  return (
    <span className={styles.alerts}>
      <Icon name="alert" size={14} />
      {row.alerts}
    </span>
  );
}

function ConnectionCell({ row }: CellProps) {
  const t = useWords();
  const seen = row.last_seen_at === null ? "" : ` · ${momentHere(row.last_seen_at)}`;
  const word = t(row.connected ? "live.connected" : "live.away");
  // Nobody misses those who have not come yet or are done.
  const missed = !row.connected && row.phase !== "complete" && row.phase !== "invited";
  return (
    <span className={styles.connection} data-connected={row.connected} data-missed={missed} title={row.connected ? word : word + seen}>
      <Icon name={row.connected ? "line" : "broken"} />
      <span className={styles.hidden}>{word}</span>
    </span>
  );
}

/** Nothing to show is read as nothing, and seen as a dash. */
function Nothing() {
  return (
    <span className={styles.quiet} aria-hidden="true">
      –
    </span>
  );
}
