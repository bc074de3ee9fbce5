"""The words of the simulated answers: endless prose from a key, and one page of Markdown with everything in it."""

import hashlib
import re
from collections.abc import Iterator
from itertools import count

_SUBJECTS = (
    "The first column|A careful reader|This simulated model|The shorter answer|Every stream|A second opinion|"
    "The left column|An honest benchmark|The reference text|A patient reviewer|One small change|The cheaper model|"
    "Each new token|The old baseline|A side-by-side view|The last paragraph"
)
_VERBS = (
    "shows|explains|repeats|questions|improves|summarises|contradicts|supports|measures|illustrates|"
    "corrects|anticipates|rephrases|tests|simplifies|reveals"
)
_OBJECTS = (
    "the main idea|a hidden assumption|the order of events|a simple example|the weakest step|the cost of waiting|"
    "an edge case|the numbers in the table|the tone of the prompt|a common mistake|the missing unit|"
    "the next question|a useful limit|the same fact twice|the reason behind it|a better wording"
)
_TAILS = (
    "without hurry|before the others do|in plain words|with one figure|and stops there|as far as it goes|"
    "for most readers|at the first try|despite the noise|under light load|when asked again|"
    "in the usual way|with some doubt|step by step|once the context is clear|in the end"
)
SUBJECTS, VERBS, OBJECTS, TAILS = (words.split("|") for words in (_SUBJECTS, _VERBS, _OBJECTS, _TAILS))
ODD = (
    "\u2028line separator",
    "\u2029paragraph separator",
    "\u0085next line",
    "\x0bvertical tab\x0cform feed",
    "e\u0301 a\u0308 n\u0303",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f1eb\U0001f1f7",
    "\u0645\u0631\u062d\u0628\u0627 \u202bright to left\u202c",
    "\ufeffbyte order mark",
    "\U0001d49c\U00020000",
    "\u4e2d\u6587\uff0c\u6ca1\u6709\u7a7a\u683c\u3002",
    "zero\u200bwidth",
    'quote " backslash \\ slash / </script><!--',
    "\ufffd\uffff",
    "carriage\r\nreturn",
    "data: [DONE]",
)
REFUSAL = "I am a simulated model that refuses every request, so that you can see how a refusal looks."
_TOKEN = re.compile(r"\s*[\u3000-\u9fff\uff00-\uffef]|\s*[^\s\u3000-\u9fff\uff00-\uffef]{1,7}|\s+")


def tokens(text: str) -> list[str]:
    """``text`` in pieces of about a token's size; joined they are ``text`` again."""
    return _TOKEN.findall(text)


def sentences(key: str, unicode: int = 0) -> Iterator[str]:
    """Endless prose that depends on ``key`` alone, a sentence at a time, each beginning with its separator."""
    odd = ODD if unicode < 2 else (*ODD, "null\x00character")
    for number in count():
        a, b, c, d, e = hashlib.sha256(f"{key}/{number}".encode()).digest()[:5]
        lead = "\n\n" if number % 5 == 0 else " "
        mark = f" {odd[e % len(odd)]}" if unicode else ""
        yield f"{lead}{SUBJECTS[a % 16]} {VERBS[b % 16]} {OBJECTS[c % 16]} {TAILS[d % 16]}{mark}."


MARKDOWN = r"""
# Everything in one answer

This answer is **simulated**. It has *emphasis*, ~~deletions~~, `inline code`
and a [link](https://example.com/ "title").

## Lists

1. Prepare
   - read the prompt
   - note what is **missing**
     - units
     - dates
2. Compare
   1. first the facts
   2. then the wording
3. Decide

- [x] streams
- [ ] waits

## Code

```python
def fibonacci(count: int) -> list[int]:
    '''The first numbers of the series.'''
    series = [0, 1]
    while len(series) < count:
        series.append(series[-1] + series[-2])
    return series[:count]
```

```js
const longest = (words) =>
  words.reduce((best, word) => (word.length > best.length ? word : best), "");
console.log(longest(["one", "three", "<b>five</b>"]));
```

## A table

| model | first token | speed | price |
|:------|------------:|:-----:|------:|
| fast  |      0.2 s  |  80   | $0.00 |
| slow  |      2.5 s  |   8   | $0.00 |
| a \| b | unknown    |   —   | `n/a` |

## Mathematics

The area under a bell curve is $\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}$, and the roots are

$$
x_{1,2} = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}
$$

A price of $5 or $6 is not mathematics.

## A quotation

> The best answer is the one that can be checked.
>
> > Quotations may be nested.

---

### 中文段落

这是一段模拟的中文回答。**并排比较**多个模型时，首字延迟、速度和价格一目了然；
“引号”、（括号）和混排的 English 单词都应正确显示。

Autolink: <https://example.com/a?b=c&d=e>, an escaped \*star\*, an entity &amp;
and raw <em>HTML</em> that must stay text.
"""
