/** Every alert that was raised, and what became of it. */
import { Table } from "@mantine/core";
import { duration, momentHere } from "../../i18n/moments";
import type { AlertReport } from "../app/resources";
import { kindText, useSecurityWords } from "../sessions/securityTexts";

export function AlertsTable({ alerts }: { alerts: readonly AlertReport[] }) {
  const word = useSecurityWords();
  const outcome = ({ outcome, by, note }: AlertReport): string =>
    outcome == null ? word("report.alert.open") : word(`report.alert.${outcome}`, { by: by?.name ?? "", note: note ?? "" });
  const extent = ({ count, seconds }: AlertReport): string =>
    [word("report.alert.times", { count }), ...(seconds > 0 ? [duration(seconds)] : [])].join(" · ");
  return (
    <Table verticalSpacing="sm" horizontalSpacing="md" className="stacked">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{word("report.alert.person")}</Table.Th>
          <Table.Th>{word("report.alert.kind")}</Table.Th>
          <Table.Th>{word("report.alert.when")}</Table.Th>
          <Table.Th>{word("report.alert.extent")}</Table.Th>
          <Table.Th>{word("report.alert.outcome")}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {alerts.map((alert) => (
          <Table.Tr key={alert.alert_id}>
            <Table.Td>
              <bdi>{alert.name}</bdi>
            </Table.Td>
            <Table.Td data-label={word("report.alert.kind")}>
              {kindText(alert.kind)} ({word(`security.severity.${alert.severity}`)})
            </Table.Td>
            <Table.Td data-label={word("report.alert.when")}>{momentHere(alert.raised_at)}</Table.Td>
            <Table.Td data-label={word("report.alert.extent")}>{extent(alert)}</Table.Td>
            <Table.Td data-label={word("report.alert.outcome")}>
              <bdi>{outcome(alert)}</bdi>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
