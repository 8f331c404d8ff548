// Autosave: the draft goes to the server two seconds after the last key, and on the way out.

import { send, whyNot } from "./requests.js";
import { signedIn } from "./session.js";

const WAIT = 2000; // milliseconds after the last key
const RETRY = 10000; // after the server could not be reached
const KEEPALIVE_BYTES = 60000; // browsers send no more than 64 KiB while a page closes

export class Autosave {
  constructor(form, { onSaved }) {
    this.form = form;
    this.status = document.querySelector("[data-draft-status]");
    this.onSaved = onSaved;
    this.changes = 0; // counts what was typed
    this.saved = 0; // how much of that the server has
    this.timer = null;
    this.running = null;
    this.stopped = false;
  }

  // Something was typed.
  touch() {
    if (this.stopped) return;
    this.changes += 1;
    this.say("not saved yet");
    this.later(WAIT);
  }

  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  // Saves now unless there is nothing new; resolves when the answer is there.
  async save({ keepalive = false } = {}) {
    clearTimeout(this.timer);
    if (this.stopped || this.saved === this.changes) return;
    if (this.running) {
      this.later(200);
      return;
    }
    const changes = this.changes;
    const running = new AbortController();
    this.running = running;
    this.say("saving…");
    this.arriving = this.exchange(running, keepalive, changes);
    await this.arriving;
  }

  async exchange(running, keepalive, changes) {
    let answer = { status: 0 };
    try {
      answer = await send(this.form, this.form.dataset.draftUrl, {
        signal: running.signal,
        keepalive,
      });
    } catch (error) {
      if (error.name === "AbortError") return;
    } finally {
      if (this.running === running) this.running = null;
    }
    if (answer.status === 401 && !keepalive) this.signInAgain();
    else if (answer.status === 403 && !keepalive) await this.hearRefusal(answer, changes);
    else this.hear(answer, changes);
  }

  // Refused: because somebody else is signed in by now, or because this person lost the right.
  async hearRefusal(answer, changes) {
    const why = await signedIn({ ask: false });
    if (why) this.hear({ status: 403, body: { message: why } }, changes);
    else this.hear(answer, changes);
  }

  // The session has ended: ask for the password in place, then go on with the same text.
  async signInAgain() {
    const why = await signedIn();
    if (why) {
      this.say(`Not saved: ${why}`, true);
      this.later(RETRY);
    } else this.save();
  }

  // Resolves when no request is on its way, so that the page knows the newest `rev`.
  async settled() {
    while (this.running) await this.arriving;
  }

  hear({ status, body }, changes) {
    if (status === 200) {
      this.saved = changes;
      this.form.elements.rev.value = body.rev;
      if (this.saved === this.changes) this.say(`draft saved ${body.saved_at}`);
      else this.later(WAIT);
      this.onSaved(body);
    } else if (body && body.message) {
      this.say(`Not saved: ${body.message}`, true);
    } else {
      this.say(`Not saved: ${whyNot(status)}.`, true);
      this.later(RETRY);
    }
  }

  // The page closes: what is not on the server yet goes out with it, if a browser allows.
  leave() {
    if (this.stopped || this.saved === this.changes) return;
    if (this.running) this.running.abort();
    this.running = null;
    const size = new Blob([...new FormData(this.form).values()]).size;
    this.save({ keepalive: size < KEEPALIVE_BYTES });
  }

  // A version is being saved: no draft may arrive after it.
  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    if (this.running) this.running.abort();
  }

  get isBehind() {
    return !this.stopped && this.saved !== this.changes;
  }

  say(text, isBad = false) {
    this.status.textContent = text;
    this.status.classList.toggle("is-bad", isBad);
  }
}
