/** Everything once more before it is saved, in the words people will meet. */
import { Table } from "@mantine/core";
import { useAssessments } from "../assessments/queries";
import { useWords } from "../app/texts";
import { duration } from "../../i18n/moments";
import { useProctors } from "./queries";
import { applies, KINDS, RULES } from "./security";
import { kindText, useSecurityWords } from "./securityTexts";
import { meantBy, warningMinutes, type Fields } from "./settings";
import { momentIn, zoneName } from "./When";

export function LastLook({ fields }: { fields: Fields }) {
  const word = useWords();
  const security = useSecurityWords();
  const assessments = useAssessments();
  const proctors = useProctors(true);
  const [assessmentId, version = ""] = fields.assessment.split("@");
  const title = assessments.data?.find((each) => each.assessment_id === assessmentId)?.title ?? "";
  const names = fields.proctor_ids.map((id) => proctors.data?.find((each) => each.account_id === id)?.name ?? id);
  const meant = meantBy(fields);
  const at = meant === null ? null : meant.kind === "twice" && fields.second ? meant.second : meant.instant;
  const length = (minutes: number | "", otherwise: string): string => (minutes === "" ? otherwise : duration(Math.round(minutes * 60)));
  const rules = KINDS.filter((kind) => applies(kind, fields) && fields[`${kind}_told`] !== "off")
    .map((kind) => `${kindText(kind)} (${security(`security.severity.${fields[`${kind}_told`]}`)}, ${fields[`${kind}_from`]} ${security(`security.unit.${RULES[kind].unit}`, { count: Number(fields[`${kind}_from`]) })})`)
    .join("; ");
  const lines: [string, string][] = [
    [word("field.name"), fields.name],
    [word("field.assessment"), word("wizard.assessment-version", { title, version })],
    [word("field.proctors"), names.length === 0 ? word("field.proctors-any") : names.join(", ")],
    [word("sessions.when"), at === null ? "" : `${momentIn(at, fields.time_zone)}, ${zoneName(fields.time_zone, at)}`],
    [word("field.duration"), length(fields.duration, "")],
    [word("field.start-mode"), word(`start-mode.${fields.start_mode}`)],
    [word("field.late-entry"), fields.late_entry === "never" ? word("late-entry.never") : length(fields.late_entry_minutes, "")],
    [word("field.time-limit"), length(fields.time_limit, word("wizard.as-assessment"))],
    [word("field.session-limit"), length(fields.session_limit, word("none"))],
    [word("field.grace"), length(fields.grace_seconds === "" ? "" : fields.grace_seconds / 60, "")],
    [word("field.disconnected"), word(`disconnected.${fields.clock_while_disconnected}`)],
    [word("field.warnings"), warningMinutes(fields.warnings)?.join(", ") || word("none")],
    [word("field.enrollment"), word(`enrollment.${fields.enrollment_mode}`)],
    ...(fields.enrollment_mode === "manual" ? [] : [[word("field.code"), fields.code === "" ? word("wizard.code-made") : fields.code] as [string, string]]),
    [word("field.admission"), word(`admission.${fields.admission_mode}`)],
    [word("field.identity"), word(`identity.${fields.identity_verification}`)],
    ...(fields.identity_verification === "off" ? [] : [[word("field.identity-days"), String(fields.identity_images_days)] as [string, string]]),
    [word("field.maximum"), String(fields.maximum_participants)],
    [security("security.lockdown"), security(`security.lockdown.${fields.lockdown}`)],
    [security("security.sharing"), security(`security.sharing.${fields.screen_sharing}`)],
    [security("security.rules"), rules === "" ? word("none") : rules],
    [word("field.release"), word(`release.${fields.release_mode}`)],
    [word("field.support"), fields.support_contact || word("none")],
  ];
  return (
    <Table variant="vertical" layout="auto" withRowBorders>
      <Table.Tbody>
        {lines.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w="40%">
              {name}
            </Table.Th>
            <Table.Td style={{ overflowWrap: "anywhere" }}>{value}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
