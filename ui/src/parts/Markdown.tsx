// What an agent writes, as Markdown: read by a library, shown by elements of our own. Markup in it is text, images are
// never loaded, and a link says where it leads and is followed by a click alone.

import { marked, type Token, type Tokens } from "marked";
import { Fragment, useMemo, type ReactNode } from "react";

import { plain } from "../words/plain";
import { markdown } from "../words/parts";
import "./markdown.css";

/** Longer texts are shown as they are: nobody waits for their beauty. In characters. */
const LONGEST = 50_000;
/** Lists in lists and quotes in quotes go so deep; what is deeper is text. */
const DEEPEST = 12;

/** The text. */
export function Markdown({ text }: { text: string }) {
  const tokens = useMemo(() => read(text), [text]);
  return (
    <div className="markdown" dir="auto">
      {tokens ? blocks(tokens, 0) : <p className="markdown-plain">{plain(text)}</p>}
    </div>
  );
}

/** Null for what is too long, or what the library chokes on. */
function read(text: string): Token[] | null {
  if (text.length > LONGEST) {
    return null;
  }
  try {
    return marked.lexer(plain(text), { gfm: true });
  } catch {
    return null;
  }
}

function blocks(tokens: readonly Token[], depth: number): ReactNode {
  return tokens.map((token, at) => <Fragment key={at}>{block(token as Tokens.Generic, depth)}</Fragment>);
}

function block(token: Tokens.Generic, depth: number): ReactNode {
  if (depth > DEEPEST) {
    return token.raw;
  }
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading":
      // Headings of a stranger are none of the page.
      return <p className={`markdown-heading markdown-h${(token as Tokens.Heading).depth}`}>{inside(token, depth)}</p>;
    case "paragraph":
      return <p>{inside(token, depth)}</p>;
    case "text":
      return token.tokens ? inside(token, depth) : (token as Tokens.Text).text;
    case "blockquote":
      return <blockquote>{blocks(token.tokens ?? [], depth + 1)}</blockquote>;
    case "code":
      return (
        // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- it scrolls, so the keyboard must get there
        <pre tabIndex={0}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case "list":
      return <List list={token as Tokens.List} depth={depth} />;
    case "table":
      return <Table table={token as Tokens.Table} depth={depth} />;
    case "hr":
      return <hr />;
    case "html":
      return <p>{token.raw}</p>;
    default:
      return inline(token, depth);
  }
}

function List({ list, depth }: { list: Tokens.List; depth: number }) {
  const items = list.items.map((item, at) => (
    <li key={at}>
      {item.task && <input type="checkbox" checked={item.checked === true} disabled readOnly aria-label={markdown.task} />}
      {blocks(item.tokens, depth + 1)}
    </li>
  ));
  return list.ordered ? <ol start={list.start === "" ? 1 : list.start}>{items}</ol> : <ul>{items}</ul>;
}

function Table({ table, depth }: { table: Tokens.Table; depth: number }) {
  return (
    // eslint-disable-next-line jsx-a11y-x/no-noninteractive-tabindex -- it scrolls, so the keyboard must get there
    <div className="markdown-wide" role="region" aria-label={markdown.table} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {table.header.map((cell, at) => (
              <th key={at}>{inlines(cell.tokens, depth)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column}>{inlines(cell.tokens, depth)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inside(token: Tokens.Generic, depth: number): ReactNode {
  return inlines(token.tokens ?? [], depth + 1);
}

function inlines(tokens: readonly Token[], depth: number): ReactNode {
  return tokens.map((token, at) => <Fragment key={at}>{inline(token as Tokens.Generic, depth)}</Fragment>);
}

function inline(token: Tokens.Generic, depth: number): ReactNode {
  if (depth > 2 * DEEPEST) {
    return token.raw;
  }
  switch (token.type) {
    case "strong":
      return <strong>{inside(token, depth)}</strong>;
    case "em":
      return <em>{inside(token, depth)}</em>;
    case "del":
      return <del>{inside(token, depth)}</del>;
    case "codespan":
      return <code>{(token as Tokens.Codespan).text}</code>;
    case "br":
      return <br />;
    case "link":
      return <Link href={(token as Tokens.Link).href}>{inside(token, depth)}</Link>;
    case "image":
      return <span className="markdown-image">{markdown.image((token as Tokens.Image).text)}</span>;
    case "escape":
    case "text":
      return token.tokens ? inside(token, depth) : unescaped((token as Tokens.Text).text);
    default:
      return token.raw;
  }
}

/** The library leaves entities as they are, for a page; we show text. */
function unescaped(text: string): string {
  const signs: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => signs[name] ?? whole);
}

/** A link to the web, with the host that it leads to; anything else is text. */
function Link({ href, children }: { href: string; children: ReactNode }) {
  const url = webAddress(href);
  if (!url) {
    return children;
  }
  return (
    <>
      <a href={url.href} title={url.href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>{" "}
      <span className="markdown-host">({url.host})</span>
    </>
  );
}

function webAddress(href: string): URL | null {
  try {
    const url = new URL(href);
    return url.protocol === "https:" || url.protocol === "http:" ? url : null;
  } catch {
    return null;
  }
}
