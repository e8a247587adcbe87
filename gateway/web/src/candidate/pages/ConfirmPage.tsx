/** Is it you? And the code to come back with. */
import { Card, Facts, Notice } from "../parts";
import type { Seat } from "../seat";
import { useWords } from "../texts";

interface Props {
  seat: Seat;
  /** What comes next could not be fetched. */
  stuck: boolean;
  confirm: () => void;
  leave: () => void;
}

export function ConfirmPage({ seat, stuck, confirm, leave }: Props) {
  const t = useWords();
  return (
    <Card title={t("confirm.title", { name: seat.name })}>
      <Facts
        facts={[
          [t("confirm.name"), <strong key="name">{seat.name}</strong>],
          [t("confirm.session"), seat.sessionName],
        ]}
      />
      {seat.codeIsNew && (
        <Notice tone="calm">
          <p>{t("confirm.code-lead")}</p>
          <p className="code" dir="ltr">
            {seat.personalCode}
          </p>
        </Notice>
      )}
      {stuck && <Notice tone="warn">{t("confirm.not-fetched")}</Notice>}
      <div className="actions">
        <button type="button" className="button button-main" onClick={confirm}>
          {t("confirm.yes")}
        </button>
        <button type="button" className="button" onClick={leave}>
          {t("confirm.no")}
        </button>
      </div>
    </Card>
  );
}
