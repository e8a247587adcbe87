/** Text that authors and schedulers wrote, in CommonMark. */
import { Markdown } from "../../candidate/Markdown";

export function Prose({ text, inline = false }: { text: string; inline?: boolean }) {
  if (inline) return <Markdown text={text} inline />;
  return (
    <div className="prose" dir="auto">
      <Markdown text={text} />
    </div>
  );
}
