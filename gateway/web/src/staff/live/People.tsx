/** Everybody in the session: search, filters, the table, and what can be done for those chosen. */
import { CloseButton, TextInput } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import type { SortingState } from "@tanstack/react-table";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState, type RefObject } from "react";
import { count } from "../../i18n/moments";
import { IdentitiesWaiting } from "../identity/Waiting";
import { ActionBar } from "./ActionBar";
import { Admissions, verifies } from "./Admissions";
import { columnsFor, placesOf } from "./columns";
import { useDashboard, usePart } from "./context";
import { Icon, STATUS_ICONS } from "./icons";
import styles from "./live.module.css";
import { useOrder } from "./model";
import { PeopleTable } from "./PeopleTable";
import type { Selection } from "./selection";
import { STATUSES, tally, type Tally } from "./tally";
import { statusText, useWords } from "./texts";
import type { Status } from "./types";

interface Props {
  gridRef: RefObject<HTMLDivElement | null>;
  searchRef: RefObject<HTMLInputElement | null>;
  selection: Selection;
  select: (selection: Selection) => void;
}

const BY_NAME: SortingState = [{ id: "name", desc: false }];

export function People({ gridRef, searchRef, selection, select }: Props) {
  const t = useWords();
  const people = usePart((live) => live.people);
  const { watch, show } = useDashboard();
  const verified = usePart((live) => verifies(live.session));
  const [search, setSearch] = useState("");
  const [statuses, setStatuses] = useState<readonly Status[]>([]);
  const [alerted, setAlerted] = useState(false);
  const [sorting, setSorting] = useState<SortingState>(BY_NAME);
  const { ref: frame, width } = useElementSize();
  const columns = useMemo(() => columnsFor(watch.clock), [watch.clock]);
  const outline = usePart((live) => live.session?.outline);
  // Another state of the session leaves the outline as it is, and with it the rows on the screen.
  const places = useMemo(() => placesOf(outline === undefined ? null : { outline }), [outline]);
  const order = useOrder(people, columns, { search: useDeferredValue(search), statuses, alerted }, sorting);
  const numbers = useMemo(() => tally(people), [people]);
  const open = useCallback((id: string) => show(id), [show]);
  const filtered = search.trim() !== "" || statuses.length > 0 || alerted;
  const hidden = useMemo(() => {
    const visible = new Set(order.map((each) => each.participant_id));
    return [...selection.chosen].filter((id) => !visible.has(id)).length;
  }, [order, selection]);
  const newest = useRef(order);
  useEffect(() => {
    newest.current = order;
  });
  const chooseFound = useCallback(() => select({ chosen: new Set(newest.current.map((each) => each.participant_id)), anchor: null }), [select]);

  return (
    <section className={styles.people} aria-label={t("live.people")}>
      <div className={styles.tools}>
        <TextInput
          ref={searchRef}
          className={styles.search}
          aria-label={t("live.search")}
          placeholder={t("live.search")}
          leftSection={<Icon name="search" />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Escape") setSearch("");
            if (event.key === "Enter") gridRef.current?.focus();
          }}
          rightSection={search === "" ? null : <CloseButton size="sm" aria-label={t("live.search-clear")} onClick={() => setSearch("")} />}
        />
        <StatusFilter numbers={numbers} chosen={statuses} choose={setStatuses} alerted={alerted} turnAlerted={setAlerted} />
      </div>
      {verified && <IdentitiesWaiting sessionId={watch.sessionId} />}
      <Admissions />
      <ActionBar selection={selection} select={select} hidden={hidden} found={filtered ? order.length : null} chooseFound={chooseFound} />
      <div ref={frame} className={styles.tableFrame}>
        <PeopleTable
          gridRef={gridRef}
          order={order}
          columns={columns}
          places={places}
          sorting={sorting}
          sort={setSorting}
          selection={selection}
          select={select}
          open={open}
          empty={t(filtered ? "live.nobody-found" : "live.nobody-yet")}
          width={width}
        />
      </div>
    </section>
  );
}

interface FilterProps {
  numbers: Tally;
  chosen: readonly Status[];
  choose: (statuses: readonly Status[]) => void;
  alerted: boolean;
  turnAlerted: (on: boolean) => void;
}

/** One button per status that somebody has; several may be pressed. */
function StatusFilter({ numbers, chosen, choose, alerted, turnAlerted }: FilterProps) {
  const t = useWords();
  const offered = STATUSES.filter((each) => numbers.by[each] > 0 || chosen.includes(each));
  return (
    <div className={styles.chips} role="group" aria-label={t("live.filter")}>
      <button type="button" className={styles.chip} aria-pressed={chosen.length === 0} onClick={() => choose([])}>
        {t("live.everybody")} <span className={styles.chipCount}>{count(numbers.everybody)}</span>
      </button>
      {offered.map((status) => (
        <button
          key={status}
          type="button"
          className={styles.chip}
          aria-pressed={chosen.includes(status)}
          onClick={() => choose(chosen.includes(status) ? chosen.filter((each) => each !== status) : [...chosen, status])}
        >
          <Icon name={STATUS_ICONS[status]} size={14} />
          {statusText(status)} <span className={styles.chipCount}>{count(numbers.by[status])}</span>
        </button>
      ))}
      {(numbers.alerted > 0 || alerted) && (
        <button type="button" className={styles.chip} aria-pressed={alerted} onClick={() => turnAlerted(!alerted)}>
          <Icon name="alert" size={14} />
          {t("live.with-alerts")} <span className={styles.chipCount}>{count(numbers.alerted)}</span>
        </button>
      )}
    </div>
  );
}
