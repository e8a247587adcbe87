/** An alert that turned out to be of no concern: why, for the record. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { FormDialog } from "../app/FormDialog";
import { ReasonField } from "../app/ReasonField";
import type { Alert } from "./alerts";
import { useDashboard } from "./context";
import { settle } from "./settling";
import { useWords } from "./texts";
import { alertText } from "./said";

export function DismissDialog({ alert, close }: { alert: Alert; close: () => void }) {
  const t = useWords();
  const { watch } = useDashboard();
  const [note, setNote] = useState("");
  const [tried, setTried] = useState(false);
  const dismissing = useMutation({ mutationFn: () => settle(watch, [alert], note.trim()), onSuccess: close });
  const missing = note.trim() === "";
  return (
    <FormDialog
      title={t("live.dismiss-title", { name: alert.name ?? "" })}
      button={t("live.dismiss")}
      pending={dismissing.isPending}
      error={dismissing.error}
      onSubmit={() => {
        setTried(true);
        if (!missing) dismissing.mutate();
      }}
      onClose={close}
    >
      <p style={{ margin: 0 }}>{alertText(alert)}</p>
      <ReasonField value={note} onChange={setNote} about={t("live.dismiss-about")} missing={tried && missing} />
    </FormDialog>
  );
}
