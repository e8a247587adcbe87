/** A list in a card: heads, rows, and what stands below them. On phones each row becomes a card of its own ("stacked"). */
import { Card, Table } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  /** A frame narrower than this scrolls by itself, the page does not. */
  minWidth: number;
  heads: readonly (string | { label: string; end: true })[];
  /** Name of a last column, of buttons: read out, not shown. */
  actions?: string;
  /** Where nothing in the rows can be reached by key, the frame can, under this name. */
  region?: string;
  highlight?: boolean;
  footer?: ReactNode;
  children: ReactNode;
}

export function ListTable({ minWidth, heads, actions, region, highlight = false, footer, children }: Props) {
  const reachable = region === undefined ? {} : { tabIndex: 0, role: "region", "aria-label": region };
  return (
    <Card padding={0} radius="lg" withBorder bg="var(--examhall-surface)">
      <Table.ScrollContainer minWidth={minWidth} type="native" {...reachable}>
        <Table verticalSpacing="sm" horizontalSpacing="md" highlightOnHover={highlight} className="stacked">
          <Table.Thead>
            <Table.Tr>
              {heads.map((head) =>
                typeof head === "string" ? (
                  <Table.Th key={head}>{head}</Table.Th>
                ) : (
                  <Table.Th key={head.label} ta="end">
                    {head.label}
                  </Table.Th>
                ),
              )}
              {actions !== undefined && (
                <Table.Th>
                  <span className="visually-hidden">{actions}</span>
                </Table.Th>
              )}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{children}</Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {footer}
    </Card>
  );
}
