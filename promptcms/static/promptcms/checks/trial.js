// Try on this output: asks what the checks of the form say of an answer, soon after each change.

import { freshToken, whyNot } from "../editor/requests.js";

const PAUSE = 500; // milliseconds without typing

class Trial {
  constructor(panel) {
    this.panel = panel;
    this.form = panel.closest("form");
    this.checks = panel.closest("[data-checks]");
    this.turn = 0; // answers to earlier questions are ignored
    this.find = (name) => panel.querySelector(`[data-trial-${name}]`);
    this.fields = [...panel.querySelectorAll("[data-trial-field]")];
    this.checks.addEventListener("input", ({ target }) => {
      if (target !== this.find("pick")) this.soon();
    });
    this.find("go").addEventListener("click", () => this.go());
    this.find("pick")?.addEventListener("change", ({ target }) => this.pick(target.value));
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("input")) return;
      event.preventDefault(); // or the form would be saved
      this.go();
    });
  }

  soon() {
    clearTimeout(this.timer);
    if (this.fields[0].value) this.timer = setTimeout(() => this.go(), PAUSE);
  }

  async go() {
    clearTimeout(this.timer);
    const turn = (this.turn += 1);
    freshToken(this.form);
    const prefix = `${this.checks.dataset.prefix}-`;
    const data = new FormData();
    for (const [name, value] of new FormData(this.form)) {
      if (name.startsWith(prefix) || name === "csrfmiddlewaretoken") data.append(name, value);
    }
    for (const field of this.fields) data.append(`trial-${field.dataset.trialField}`, field.value);
    const answer = await this.ask(this.panel.dataset.url, { method: "POST", body: data });
    if (turn !== this.turn) return;
    if (answer.body) this.show(answer.body);
    else this.say(`Not tried: ${whyNot(answer.status)}.`);
  }

  // Puts an answer of a run into the fields, and tries it.
  async pick(address) {
    if (!address) return;
    const answer = await this.ask(address);
    if (!answer.body) {
      this.say(`Not fetched: ${whyNot(answer.status)}.`);
      return;
    }
    for (const field of this.fields) field.value = answer.body[field.dataset.trialField] ?? "";
    this.go();
  }

  // Resolves to {status, body}; 0 means that nobody answered, 401 that a sign-in page came.
  async ask(address, options = {}) {
    try {
      const response = await fetch(address, { credentials: "same-origin", ...options });
      const isJson = (response.headers.get("Content-Type") || "").startsWith("application/json");
      if (!isJson) return { status: response.redirected ? 401 : response.status };
      return { status: response.status, body: await response.json() };
    } catch {
      return { status: 0 };
    }
  }

  show(body) {
    this.say(body.said);
    this.find("verdicts").innerHTML = body.html; // rendered and escaped by the server
  }

  // Said by screen readers too, so only when it is something else than before.
  say(text) {
    const place = this.find("said");
    if (place.textContent !== text) place.textContent = text;
  }
}

for (const panel of document.querySelectorAll("[data-trial]")) new Trial(panel);
