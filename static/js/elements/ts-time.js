/** <ts-time>: shows the <time> inside it in the reader's language and time zone. */

export class TsTime extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector("time");
    const moment = new Date(time?.dateTime ?? "");
    if (!time || Number.isNaN(moment.getTime())) return;
    const { lang } = document.documentElement;
    const today = moment.toDateString() === new Date().toDateString();
    time.textContent = new Intl.DateTimeFormat(lang, today ? { timeStyle: "short" } : { dateStyle: "medium" }).format(moment);
    time.title = new Intl.DateTimeFormat(lang, { dateStyle: "full", timeStyle: "long" }).format(moment);
  }
}
