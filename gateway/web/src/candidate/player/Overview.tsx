/** Every question at a glance: answered, flagged, where one is. */
import type { AssessmentForm } from "../../api/types";
import { placesOf, type Attempt } from "../attempt";
import { useWords } from "../texts";

interface OverviewProps {
  form: AssessmentForm;
  attempt: Attempt;
  current: string | null;
  go: (itemId: string) => void;
}

export function Overview({ form, attempt, current, go }: OverviewProps) {
  const t = useWords();
  const places = placesOf(form);
  return (
    <nav className="overview" aria-label={t("overview.title")}>
      {form.sections.map((section) => (
        <section key={section.section_id}>
          <h2>{section.title}</h2>
          <ol>
            {places
              .filter((place) => place.sectionId === section.section_id)
              .map(({ itemId, number }) => {
                const answered = attempt.responses[itemId] !== undefined;
                const flagged = attempt.flagged.has(itemId);
                const label = [
                  t("overview.question", { number }),
                  t(answered ? "overview.answered" : "overview.unanswered"),
                  ...(flagged ? [t("overview.flagged")] : []),
                ].join(", ");
                return (
                  <li key={itemId}>
                    <button
                      type="button"
                      className={["cell", answered ? "cell-answered" : "", flagged ? "cell-flagged" : ""].join(" ")}
                      aria-label={label}
                      aria-current={current === itemId ? "step" : undefined}
                      onClick={() => go(itemId)}
                    >
                      {number}
                      {flagged && <span aria-hidden="true">⚑</span>}
                    </button>
                  </li>
                );
              })}
          </ol>
        </section>
      ))}
      <p className="legend quiet">
        <span className="cell cell-answered cell-small" aria-hidden="true" /> {t("overview.answered")}
        <span className="cell cell-small" aria-hidden="true" /> {t("overview.unanswered")}
        <span aria-hidden="true">⚑</span> {t("overview.flagged")}
      </p>
    </nav>
  );
}
