/** CommonMark to HTML that is safe to show: raw HTML comes out as text, links to scripts lose their address. */
import { micromark } from "micromark";

export function markdown(text: string): string {
  return micromark(text, { allowDangerousHtml: false, allowDangerousProtocol: false });
}
