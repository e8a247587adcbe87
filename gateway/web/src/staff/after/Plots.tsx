/** Plots, each with its numbers as a table for those who do not see it. */
import { BarChart } from "@mantine/charts";
import { count } from "../../i18n/moments";
import type { SessionSummary } from "../app/resources";
import { useWords } from "../app/texts";

const HEIGHT = 240;

interface PlotProps {
  caption: string;
  unit: string;
  bars: { name: string; value: number }[];
}

function Plot({ caption, unit, bars }: PlotProps) {
  return (
    <figure style={{ margin: 0 }}>
      <div aria-hidden dir="ltr">
        <BarChart
          h={HEIGHT}
          data={bars.map(({ name, value }) => ({ name, [unit]: value }))}
          dataKey="name"
          series={[{ name: unit, color: "indigo.6" }]}
          tickLine="none"
          gridAxis="x"
          withTooltip
          barChartProps={{ accessibilityLayer: false }}
          withBarValueLabel
          barProps={{ radius: 4, isAnimationActive: false }}
          yAxisProps={{ allowDecimals: false, width: 36 }}
          xAxisProps={{ interval: 0, tick: { fontSize: 11, fill: "var(--mantine-color-dimmed)" } }}
        />
      </div>
      <table className="visually-hidden">
        <caption>{caption}</caption>
        <tbody>
          {bars.map(({ name, value }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{count(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}

export function ScoresPlot({ buckets }: { buckets: SessionSummary["scores"] }) {
  const word = useWords();
  const bars = buckets.map(({ from_percent, to_percent, participants }) => ({ name: `${count(from_percent)}–${count(to_percent)}`, value: participants }));
  return <Plot caption={word("report.scores-caption")} unit={word("report.people")} bars={bars} />;
}

export function AttendancePlot({ attendance }: { attendance: SessionSummary["attendance"] }) {
  const word = useWords();
  const bars = (["invited", "joined", "began", "completed", "absent", "removed"] as const).map((name) => ({
    name: word(`attendance.${name}`),
    value: attendance[name],
  }));
  return <Plot caption={word("report.attendance-caption")} unit={word("report.people")} bars={bars} />;
}
