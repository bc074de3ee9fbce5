/** Markdown as models write it, and the shapes that have broken incremental renderers. */

import { seeded } from "./chance.js";

const FENCE = "```";

export const TRICKY = [
  "Title\n=====\n\npara\n---\nafter",
  "- a\n- b\n\n- c\n\npara",
  `1. x\n   ${FENCE}js\n   let a = 1\n\n   b\n   ${FENCE}\n2. y\n\ntext`,
  `${FENCE}py\nunclosed = True\n\ncode`,
  `${"`".repeat(4)}md\n${FENCE}js\nx\n${FENCE}\n${"`".repeat(4)}\nend`,
  `text\n${FENCE}\ncode\n${FENCE}\nmore`,
  "| a | b |\n|--|--|\n| 1 | 2 |\n\nafter",
  "| a | b |\n|:-|-:|\n| 1 | `x|y` |\n| **2** | |\n| 3 |\nnot a row any more\n\nafter",
  "a\n\n$$\nx = 1\n\ny = 2\n$$\n\nb $x_1$ c \\(y\\)\n",
  "before\n$$\\sum_i x_i$$\nafter\n\\[\nE = mc^2\n\\]\nend",
  "$$ is the process id\n\nand this is text",
  "> q\n> > n\n\nx",
  "> a\nlazy\n> - item\n>   more\n\nend",
  '[a][1] text, ![pic][1] and [late]\n\nmore\n\n[1]: https://example.org "t"\n[late]: https://example.com/late\n',
  "[first]: https://one.example\n\nuse [first] now\n\nand [second] later [x](y)\n\n- a [second]\n- b\n\n[second]: <https://two.example>\n\nlast",
  '[t]: /url\n"a title\nover lines"\n\n[t] text\n',
  "<div>\n<b>hi</b>\n</div>\n\ntext <script>alert(1)</script>",
  "<!-- a comment\n\nwith a gap -->\n\ntext\n\n<details><summary>s</summary>\n\ninner\n\n</details>",
  "* a\n  * b\n    * c\n\n      para in c\n* d",
  "***\n\na  \nb\\\nc",
  "~~~\ntilde\n~~~\n\nend",
  "para one\ncontinued\n# h\nx",
  "- [ ] todo\n- [x] done **bold**\n\n- [ ] loose\n",
  "    indented code\n\n    more\n\npara",
  `${FENCE}\na\n${FENCE} not close\nb\n${FENCE}\n\nz`,
  "$5 and $6 then $a+b$, US$7 or 8$ and $9 million (A$10), \\$11 and $x$",
  `a\n${FENCE}python\nprint(1)\n${FENCE}`,
  "# h1\n## h2\ntext\n\n\n\n\ntext2",
  "1) a\n2) b\n- c\n+ d",
  "10. ten\n11. eleven\n\n    in eleven\n2",
  `line\r\n\r\n${FENCE}js\r\nx\r\n${FENCE}\r\n\r\nend\rlast`,
  "**注意：**请先保存。这是“**引用**”和**《书名》**后面的字。\n\n1. 第一步：打开设置\n2. 第二步：选择“语言”\n\n模型按词元逐步输出，`代码`与$x^2$混排。",
  "| 模型 | 速度 | 说明 |\n|:--|--:|:-:|\n| 甲 | 120 | 快<br>稳 |\n| 乙 | 80 | **便宜** |\n\n完",
  "emoji 👨‍👩‍👧 🇨🇳 and \ud83d\ude00 at the end 😀",
  `${FENCE}text\nzero\u200bwidth \u202eright to left\u202c and \u001b[31mred\n👨‍👩‍👧 stays\n${FENCE}\n`,
  "a [link](https://example.org/a_(b)_c \"ti*tle\") and <https://auto.example> www.example.org mail@example.org",
  "[paypal.com](https://evil.example) ![alt *text*](https://img.example/x.png) [![b](https://b.example/i)](https://l.example)",
  "text[^1] and [^note]\n\n[^1]: first note\n[^note]: https://example.org\n\nend",
  "&lt;b&gt; &amp;amp; &#60;i&#62; &copy; &unknown; & alone, `&amp;` in code\n\n\\<b\\> \\* \\_",
  `- item\n\n  ${FENCE}json\n  {"a": 1}\n  ${FENCE}\n\n  > quoted\n\n- next\n  | a | b |\n  |---|---|\n  | 1 | 2 |\n`,
  "*a **b* c** ***d*** __e__ _f_g_ ~~h~~ ~i~ `a``b` ``c`d``",
  `${"  "}- not\n${"   "}- a\n\t- tab\n\n\ttab code\n`,
  `  ${FENCE}js\n  let indented = 1\n    two\n  ${FENCE}\nend`,
  `${FENCE}html\n<script>let a = "<b>";</script><style>p { color: red }</style>\n${FENCE}\n\n${FENCE}yaml\na: <%= 1 %>\n${FENCE}\n`,
  "Hello world this is a para\n\n---\n\n***bold italic*** rest\n---\n\n* * *\n- - -\n",
  "- a [z]\n- b\n\n[z]: https://z.example\n",
  "| a |\n|---|\n| [z] |\n| 2 |\n\n[z]: https://z.example\n",
  "",
  "\n\n\n",
  "x",
];

const WORDS = (
  "the a model latency request token stream queue server gradient matrix vector sample result error value function "
  + "returns when each column should render only changed blocks while earlier text stays frozen because cost grows"
).split(" ");

/** A long answer of every kind of block, made from a seed. */
export function generated(length, seed) {
  const random = seeded(seed);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const word = (index) => {
    const plain = pick(WORDS);
    const marks = ["**x**", "`x()`", "*x*", "[x](https://example.org/x)", `$x_{${index}}^2$`, "~~x~~", "[x][ref]"];
    return random() < 0.14 ? pick(marks).replaceAll("x", plain) : plain;
  };
  const sentence = (count) => `${Array.from({ length: count }, (_, index) => word(index)).join(" ")}.`;
  const prose = (count) => Array.from({ length: count }, () => sentence(6 + Math.floor(random() * 12))).join(" ");
  const line = () => pick(["def f(x, *, n=3):", "    return {\"id\": 7}", "    # skip", "", "class W(Base):", "    y = [i ** 2 for i in x]"]);
  const kinds = [
    () => `${FENCE}python\n${Array.from({ length: 30 }, line).join("\n")}\n${FENCE}\n`,
    () => `| Model | TTFT | Cost |\n|:--|--:|:-:|\n${Array.from({ length: 9 }, (_, row) => `| m-${row} **v** | ${row * 7} | $0.0${row} |\n`).join("")}`,
    () => Array.from({ length: 6 }, (_, item) => `${item + 1}. ${sentence(8)}\n${item % 2 ? `   - ${sentence(5)}\n   - ${sentence(4)}\n` : ""}`).join(""),
    () => "$$\n\\int_0^\\infty e^{-x^2}\\,dx = \\frac{\\sqrt{\\pi}}{2}\n$$\n",
    () => `> ${prose(2)}\n> continued ${sentence(4)}\n`,
    () => `这是一个流式渲染的测试段落，用来检查中文文本。${"模型按词元逐步输出。".repeat(4)}**重点：**请看。\n`,
    () => `- [ ] ${sentence(4)}\n- [x] ${sentence(4)}\n\n  ${FENCE}json\n  {"a": [1, 2]}\n  ${FENCE}\n`,
  ];
  let text = "";
  for (let section = 1; text.length < length; section += 1) {
    text += `## Section ${section}: ${sentence(3)}\n\n${prose(3)}\n\n${pick(kinds)()}\n${pick(kinds)()}\n`;
  }
  return `${text}[ref]: https://example.org/ref\n`;
}
