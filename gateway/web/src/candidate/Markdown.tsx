/** An author's Markdown as React elements, with something else in the place of each gap. */
import { createElement, Fragment, useMemo, type ReactNode } from "react";
import { markdown } from "../markdown";
import { markGaps, piecesOf } from "./gaps";

type Gap = (blankId: string) => ReactNode;

interface MarkdownProps {
  text: string;
  /** Within a label, where blocks are not allowed. */
  inline?: boolean;
  blankIds?: readonly string[];
  gap?: Gap;
}

const NO_BLANKS: readonly string[] = [];

export function Markdown({ text, inline = false, blankIds = NO_BLANKS, gap }: MarkdownProps) {
  const { body, marked } = useMemo(() => {
    const marks = markGaps(text, blankIds);
    return { marked: marks.blankIds, body: new DOMParser().parseFromString(markdown(marks.text), "text/html").body };
  }, [text, blankIds]);
  const content = elementsOf(body, (number) => gap?.(marked[number] ?? "") ?? null, inline);
  // Authors write in their own direction, whatever the page's is.
  return createElement(inline ? "span" : "div", { className: "markdown", dir: "auto" }, content);
}

// The page has headings of its own above these.
const HEADINGS: Readonly<Record<string, string>> = { h1: "h3", h2: "h4", h3: "h5", h4: "h6" };
const BLOCKS = new Set(["p", "div", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "pre"]);
const PLAIN = new Set([...BLOCKS, "em", "strong", "code", "br"]);

function elementsOf(parent: Node, gap: (number: number) => ReactNode, inline: boolean): ReactNode[] {
  return [...parent.childNodes].map((node, index) => <Fragment key={index}>{elementOf(node, gap, inline)}</Fragment>);
}

function elementOf(node: Node, gap: (number: number) => ReactNode, inline: boolean): ReactNode {
  if (node instanceof Text) {
    return piecesOf(node.data).map((piece, index) => <Fragment key={index}>{"gap" in piece ? gap(piece.gap) : piece.text}</Fragment>);
  }
  if (!(node instanceof Element)) return null;
  const name = node.localName;
  if (name === "img") return <img src={node.getAttribute("src") ?? ""} alt={node.getAttribute("alt") ?? ""} />;
  const children = node.childNodes.length === 0 ? undefined : elementsOf(node, gap, inline);
  if (name === "a") {
    return (
      <a href={node.getAttribute("href") ?? ""} target="_blank" rel="noreferrer noopener">
        {children}
      </a>
    );
  }
  if (!PLAIN.has(name) || (inline && BLOCKS.has(name))) return <>{children}</>;
  const start = node.getAttribute("start");
  return createElement(HEADINGS[name] ?? name, start === null ? {} : { start: Number(start) }, children);
}
