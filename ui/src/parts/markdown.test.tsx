// What an agent's markdown may become in our page, and what it may not.

import { render } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { Markdown } from "./Markdown";

const shown = (text: string) => render(<Markdown text={text} />).container;

describe("Markdown", () => {
  it("is shown as what it means", () => {
    const page = shown("# Title\n\nA **bold** word, `code` and\n\n- one\n- two\n\n```\nlet x;\n```\n\n|a|b|\n|-|-|\n|1|2|");
    expect(page.querySelector("strong")?.textContent).toBe("bold");
    expect([...page.querySelectorAll("li")].map((item) => item.textContent)).toEqual(["one", "two"]);
    expect(page.querySelector("pre")?.textContent).toBe("let x;");
    expect([...page.querySelectorAll("td")].map((cell) => cell.textContent)).toEqual(["1", "2"]);
    expect(page.querySelector("h1, h2, h3")).toBeNull();
  });

  it("shows markup as text, and loads nothing", () => {
    const page = shown('<img src=x onerror=alert(1)>\n\n<b>hi</b> <script>alert(2)</script>\n\n![a cat](https://evil.example/cat.png)');
    expect(page.querySelectorAll("img, script, b, iframe, svg")).toHaveLength(0);
    expect(page.textContent).toContain("<img src=x onerror=alert(1)>");
    expect(page.textContent).toContain("<b>hi</b>");
    expect(page.textContent).toContain("[image: a cat]");
    expect(page.querySelectorAll("[src], [href]")).toHaveLength(0);
  });

  it("has links to the web alone, each with the host that it leads to", () => {
    const page = shown("[bank](https://evil.example/a) [x](javascript:alert(1)) [y](data:text/html,z) [z](/settings)");
    const links = [...page.querySelectorAll("a")];
    expect(links.map((link) => [link.href, link.target, link.rel])).toEqual([
      ["https://evil.example/a", "_blank", "noopener noreferrer nofollow"],
    ]);
    expect(page.textContent).toContain("bank (evil.example)");
  });

  it("shows signs as they were written", () => {
    expect(shown("a < b && c > \"d\"").textContent).toBe("a < b && c > \"d\"");
  });

  it("ends with what is endlessly nested or too long", () => {
    expect(shown(">".repeat(3_000) + " deep").textContent).toContain("deep");
    expect(shown("word ".repeat(20_000)).querySelector(".markdown-plain")).not.toBeNull();
  });
});
