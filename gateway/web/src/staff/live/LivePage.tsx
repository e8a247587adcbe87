/** The live dashboard of one session. */
import { ActionIcon, Button, Tooltip } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, tokens, useMay, usePerson } from "../app/access";
import { AdmissionDialog } from "./AdmissionDialog";
import { rememberedAlerts } from "./alerts";
import { BroadcastDialog } from "./BroadcastDialog";
import { DismissDialog } from "./DismissDialog";
import { DashboardContext, useDashboard, usePart, type Asking, type Dashboard, type PersonTab } from "./context";
import { SideDialog } from "../app/Dialog";
import { Header, LineBanner } from "./Header";
import { Icon } from "./icons";
import { IncidentDialog } from "./IncidentDialog";
import { InterventionDialog } from "./InterventionDialog";
import { useKept } from "./kept";
import styles from "./live.module.css";
import { People } from "./People";
import { PersonDrawer } from "./PersonDrawer";
import { NOBODY, type Selection } from "./selection";
import { useShortcuts, type Shortcut } from "./shortcuts";
import { ShortcutsDialog } from "./ShortcutsDialog";
import { Bubble, Side, type SideTab } from "./Side";
import { StepDialog } from "./StepDialog";
import { useWords } from "./texts";
import { playTone, useNotice } from "./urgent";
import { createWatch, type Watch } from "./watch";

/** From here on the panel stands beside the table; as in the style sheet. */
const WIDE = "(min-width: 75em)";
/** Raised hands and lost connections put aside in this browser, per session: more than anybody has. */
const HIDDEN_MAX = 2_000;

export function LivePage({ sessionId }: { sessionId: string }) {
  const person = usePerson();
  const me = person?.subject ?? "";
  const mayAct = useMay("proctor", "scheduler");
  const mayBroadcast = useMay("proctor");
  const [watch, setWatch] = useState<Watch | null>(null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const [shown, setShown] = useState<{ id: string; tab: PersonTab } | null>(null);
  const [keys, setKeys] = useKept("examhall.live.keys", true);

  useEffect(() => {
    const begun = createWatch(sessionId, me, api, tokens, { writes: mayBroadcast });
    // A watch is begun and ended with the page, so it cannot be made while rendering.
    // eslint-disable-next-line react-hooks/set-state-in-effect
    setWatch(begun);
    begun.start();
    return begun.stop;
  }, [sessionId, me, mayBroadcast]);
  const show = useCallback((id: string, tab: PersonTab = "overview") => setShown({ id, tab }), []);
  const dashboard = useMemo<Dashboard | null>(
    () => (watch === null ? null : { watch, me, mayAct, mayBroadcast, ask: setAsking, show }),
    [watch, me, mayAct, mayBroadcast, show],
  );
  if (dashboard === null) return null;
  return (
    <DashboardContext value={dashboard}>
      <Dashboarded keys={keys && asking === null} />
      {shown !== null && (
        <PersonDrawer participantId={shown.id} tab={shown.tab} turn={(tab) => setShown({ ...shown, tab })} close={() => setShown(null)} />
      )}
      <Dialogs asking={asking} close={() => setAsking(null)} keys={keys} turnKeys={setKeys} />
    </DashboardContext>
  );
}

function Dashboarded({ keys }: { keys: boolean }) {
  const t = useWords();
  const name = usePart((live) => live.session?.settings.name);
  const { watch, me, ask, mayAct, mayBroadcast } = useDashboard();
  const wide = useMediaQuery(WIDE, true, { getInitialValueInEffect: false });
  const [selection, select] = useState<Selection>(NOBODY);
  const [tab, setTab] = useState<SideTab>("alerts");
  const [panel, setPanel] = useState(false);
  const [sound, setSound] = useKept("examhall.live.sound", false);
  const [hidden, setHidden] = useKept<readonly string[]>(`examhall.live.acknowledged.${watch.sessionId}`, []);
  const gridRef = useRef<HTMLDivElement>(null);
  const searchRef = useRef<HTMLInputElement>(null);
  const alertsOf = useMemo(() => rememberedAlerts(hidden, me), [hidden, me]);
  const alerts = usePart(alertsOf);
  const hide = useCallback((ids: readonly string[]) => setHidden([...hidden, ...ids].slice(-HIDDEN_MAX)), [hidden, setHidden]);
  useNotice(alerts, name ?? t("live.loading"), sound);

  const turn = (next: SideTab) => {
    setTab(next);
    if (!wide) setPanel(true);
  };
  useShortcuts(keys, (shortcut: Shortcut) => {
    const participantIds = selection.chosen.size === 0 ? null : [...selection.chosen];
    switch (shortcut) {
      case "search":
        searchRef.current?.focus();
        break;
      case "table":
        gridRef.current?.focus();
        break;
      case "none":
        select(NOBODY);
        break;
      case "help":
        ask({ what: "shortcuts" });
        break;
      case "alerts":
      case "messages":
        turn(shortcut);
        break;
      case "message":
        if (mayBroadcast) ask({ what: "broadcast", participantIds });
        break;
      case "incident":
        if (mayAct) ask({ what: "incident", participantIds: participantIds ?? [] });
        break;
      default:
        if (mayAct) ask({ what: "intervention", kind: shortcut, participantIds });
    }
  });

  const side = <Side tab={tab} turn={setTab} alerts={alerts} hide={hide} />;
  return (
    <div className={styles.page}>
      <Header>
        {!wide && (
          <Button variant="default" size="sm" leftSection={<Icon name="panel" />} rightSection={<Bubble number={alerts.length} urgent />} onClick={() => setPanel(true)}>
            {t("live.panel")}
          </Button>
        )}
        <Tool
          label={t(sound ? "live.sound-off" : "live.sound-on")}
          icon={sound ? "sound" : "silent"}
          press={() => {
            // Heard at once, so that one knows what to listen for; and browsers allow sound only after a click.
            if (!sound) playTone();
            setSound(!sound);
          }}
        />
        <Tool label={t("live.shortcuts")} icon="keyboard" press={() => ask({ what: "shortcuts" })} />
      </Header>
      <LineBanner />
      <div className={styles.columns}>
        <People gridRef={gridRef} searchRef={searchRef} selection={selection} select={select} />
        {wide ? (
          <aside className={styles.side} aria-label={t("live.panel")}>
            {side}
          </aside>
        ) : (
          panel && (
            <SideDialog onClose={() => setPanel(false)} size={420} title={t("live.panel")}>
              {side}
            </SideDialog>
          )
        )}
      </div>
    </div>
  );
}

function Tool({ label, icon, press }: { label: string; icon: "sound" | "silent" | "keyboard"; press: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={36} aria-label={label} onClick={press}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}

interface DialogsProps {
  asking: Asking | null;
  close: () => void;
  keys: boolean;
  turnKeys: (on: boolean) => void;
}

function Dialogs({ asking, close, keys, turnKeys }: DialogsProps) {
  switch (asking?.what) {
    case "intervention":
      return <InterventionDialog asked={asking} close={close} />;
    case "step":
      return <StepDialog step={asking.step} close={close} />;
    case "admission":
      return <AdmissionDialog asked={asking} close={close} />;
    case "broadcast":
      return <BroadcastDialog participantIds={asking.participantIds} close={close} />;
    case "incident":
      return <IncidentDialog participantIds={asking.participantIds} close={close} />;
    case "dismiss":
      return <DismissDialog alert={asking.alert} close={close} />;
    case "shortcuts":
      return <ShortcutsDialog on={keys} turn={turnKeys} close={close} />;
    case undefined:
      return null;
  }
}
