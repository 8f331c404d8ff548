// "What this change means" and the preview: asked for a moment after typing, newest wins.

import { send, whyNot } from "./requests.js";
import { signedIn } from "./session.js";

const WAIT = 300; // milliseconds after the last key

export class Meaning {
  constructor(form) {
    this.form = form;
    this.panel = document.querySelector("[data-meaning]");
    this.preview = document.querySelector("[data-preview]");
    this.values = document.querySelector("[data-values]");
    this.raised = false; // did the person choose a higher bump than needed?
    this.timer = null;
    this.asking = null;
    this.isBehind = false; // was something typed since the last answer?
    form.elements.bump.addEventListener("change", () => {
      this.raised = true;
      this.nameButton();
    });
    this.nameButton();
  }

  later(wait = WAIT) {
    this.isBehind = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), wait);
  }

  async ask() {
    clearTimeout(this.timer);
    if (this.asking) this.asking.abort();
    const asking = new AbortController();
    this.asking = asking;
    try {
      const answer = await send(this.form, this.form.dataset.meaningUrl, { signal: asking.signal });
      if (this.asking !== asking) return;
      if (answer.status === 401 && !(await signedIn())) return this.ask();
      this.isBehind = false;
      if (answer.status === 200) this.show(answer.body);
      else this.fail(answer);
    } catch (error) {
      if (error.name === "AbortError") return;
      this.isBehind = false;
      this.fail({ status: 0 });
    }
  }

  show(body) {
    this.panel.innerHTML = body.meaning; // rendered and escaped by the server
    this.preview.innerHTML = body.preview;
    this.showValues(body.variables);
    this.showBumps(body.floor, body.numbers);
    this.showNewer(body.newer);
    document.querySelector("[data-counts]").textContent = body.counts;
    document.dispatchEvent(new CustomEvent("variables", { detail: body.variables }));
  }

  // Who saved a version in between; put in only when it changed, so that it is read out once.
  showNewer(html) {
    if (html === this.newer) return;
    this.newer = html;
    document.querySelector("[data-newer]").innerHTML = html;
  }

  fail({ status, body }) {
    const note = document.createElement("p");
    note.className = "is-bad";
    note.textContent = `Not up to date: ${body?.message || `${whyNot(status)}.`}`;
    this.panel.prepend(note);
    this.panel.querySelectorAll("p.is-bad ~ p.is-bad").forEach((old) => old.remove());
  }

  // The choice starts at the floor: below it nothing can be chosen, above it all.
  showBumps(floor, numbers) {
    const select = this.form.elements.bump;
    if (!select.options) return; // the first version has one number only
    const order = [...select.options].map((option) => option.value);
    for (const option of select.options) {
      option.disabled = order.indexOf(option.value) < order.indexOf(floor);
      option.textContent = `${option.value} · ${numbers[option.value]}`;
      option.dataset.number = numbers[option.value];
    }
    const chosen = order.indexOf(select.value);
    if (!this.raised || chosen < order.indexOf(floor)) select.value = floor;
    this.nameButton();
  }

  nameButton() {
    const option = this.form.elements.bump.selectedOptions?.[0];
    if (!option?.dataset.number) return;
    for (const place of this.form.querySelectorAll("[data-save-number]")) {
      place.textContent = option.dataset.number;
    }
  }

  // One field per variable; those that stay keep what was typed, and the cursor.
  showValues(variables) {
    const wanted = new Set(variables.map((variable) => variable.name));
    const known = new Map();
    for (const row of this.values.querySelectorAll("[data-value-of]")) {
      if (wanted.has(row.dataset.valueOf)) known.set(row.dataset.valueOf, row);
      else row.remove();
    }
    for (const { name, filled } of variables) {
      const row = known.get(name) || this.newValue(name);
      row.querySelector("input").placeholder = filled;
    }
    this.values.hidden = variables.length === 0;
  }

  newValue(name) {
    const template = this.values.querySelector("template");
    const row = document.importNode(template.content, true).firstElementChild;
    row.dataset.valueOf = name;
    row.querySelector("span").textContent = name;
    row.querySelector("input").name = `value:${name}`;
    this.values.querySelector("[data-items]").append(row);
    return row;
  }
}
