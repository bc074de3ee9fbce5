"""A browser that notes everything that hostile text could make it do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ProxySettings

from scripts.browser import executable
from tests.corpus import SPIES

NOWHERE: ProxySettings = {"server": "http://127.0.0.1:9", "bypass": "127.0.0.1"}
# Elements that content made are poked with everything; our own controls are not clicked, or they would do their work.
POKE = """async () => {
  const ours = "button, input, select, textarea, summary, dialog *, [role=menuitem], [role=option], header *, nav *"
    + ", ts-follow-up a, .related-widget-wrapper-link, .selector *, .add-row *";
  const stop = (event) => event.preventDefault();
  for (const name of ["click", "auxclick", "submit", "dragstart"]) addEventListener(name, stop, true);
  for (const element of document.body.querySelectorAll("*")) {
    for (const name of ["mouseover", "mouseenter", "mousemove", "pointerover", "focus", "focusin", "animationend",
                        "transitionend", "toggle", "error", "load", "scroll", "wheel", "copy", "contextmenu"])
      element.dispatchEvent(new Event(name, {bubbles: name !== "load", cancelable: true}));
    if (!element.matches(ours) && !element.closest(ours))
      for (const name of ["mousedown", "mouseup", "click"])
        element.dispatchEvent(new MouseEvent(name, {bubbles: true, cancelable: true}));
  }
  for (const name of ["click", "auxclick", "submit", "dragstart"]) removeEventListener(name, stop, true);
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)));
}"""
LOOK = """() => {
  const all = [...document.querySelectorAll("*")], bad = [];
  const isForeign = (value) => {
    try { return new URL(value, location.href).origin !== location.origin; } catch { return false; }
  };
  for (const element of all) {
    for (const {name, value} of element.attributes) {
      if (/^on/i.test(name)) bad.push(`${element.localName} ${name}`);
      if (name === "style" && /url|expression|import/i.test(value)) bad.push(`style ${value}`);
      if (/^(href|src|srcset|action|formaction|poster|data|background|ping|xlink:href|cite|longdesc)$/i.test(name)) {
        const address = value.replace(/[\\u0000-\\u0020]/g, "").toLowerCase();
        if (/^(javascript|vbscript|data:text|data:image\\/svg|file|blob):?/.test(address)) bad.push(`${name} ${value}`);
        // Addresses in lower case: base64 is looked at as it stands.
        if (address.startsWith("data:")) {
          if (name !== "src" || !/^data:image\\/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/=_-]+$/.test(value))
            bad.push(`${name} ${value}`);
        } else if (name !== "href" && name !== "cite" && isForeign(value)) bad.push(`${name} ${value}`);
      }
    }
  }
  const forbidden = "iframe, frame, object, embed, applet, base, portal, body meta, body link, body style, marquee";
  for (const element of document.querySelectorAll(forbidden)) bad.push(`<${element.localName}>`);
  for (const script of document.body.querySelectorAll(":scope * script"))
    if (script.type !== "application/json" && !script.src.startsWith(`${location.origin}/static/`))
      bad.push("a script element");
  const clobbered = ["body", "forms", "cookie", "getElementById"].filter((name) => document[name] instanceof Node
    && document[name] !== document.body);
  return {fired: window.__fired, violations: window.__violations, bad, clobbered, elements: all.length};
}"""


@dataclass
class Watched:
    """One page, and what went wrong in it."""

    page: Page
    origin: str
    foreign: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def watch(self) -> "Watched":
        """From now on."""
        self.page.add_init_script(SPIES)
        # Not by routes: with them a browser keeps nothing, and fetches all our scripts for every page.
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", lambda socket: self._note(socket.url.replace("ws", "http", 1)))
        self.page.on("dialog", lambda dialog: (self.problems.append(f"dialog {dialog.message}"), dialog.dismiss()))
        self.page.on("popup", lambda popup: self.problems.append(f"popup {popup.url}"))
        self.page.on("pageerror", lambda error: self.problems.append(f"error {error}"))
        return self

    def _is_ours(self, address: str) -> bool:
        parts = urlsplit(address)
        return parts.scheme in {"data", "blob", "about"} or f"{parts.scheme}://{parts.netloc}" == self.origin

    def _note(self, address: str) -> None:
        if not self._is_ours(address):
            self.foreign.append(address)

    def faults(self, *, poke: bool = True) -> list[str]:
        """Everything that should not have happened, after all elements were poked."""
        where = self.page.url
        if poke:
            self.page.evaluate(POKE)
        seen = self.page.evaluate(LOOK)
        found = [f"fired {each}" for each in seen["fired"]]
        found += [f"violation {each}" for each in seen["violations"]]
        found += [f"in the page: {each}" for each in [*seen["bad"], *seen["clobbered"]]]
        found += [f"request {each}" for each in self.foreign] + self.problems
        if self.page.url != where:
            found.append(f"went to {self.page.url}")
        return found


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """It reaches this machine only."""
    options = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
    if os.geteuid() == 0:
        options.append("--no-sandbox")
    browser = playwright.chromium.launch(executable_path=executable(), args=options, proxy=NOWHERE)
    try:
        yield browser
    finally:
        browser.close()


def context_of(browser: Browser, origin: str, jar: dict[str, str], **options: Any) -> BrowserContext:
    """A browser window with these cookies."""
    context = browser.new_context(viewport={"width": 1720, "height": 1000}, **options)
    context.add_cookies([{"name": name, "value": value, "url": origin} for name, value in jar.items()])
    return context
