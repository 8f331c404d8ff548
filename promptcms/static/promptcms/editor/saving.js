// Everything that sends the form and leaves the page: saving, merging, keeping one's own.
// First what is on its way arrives, the number is known, and the person is still signed in.

import { freshToken } from "./requests.js";
import { signedIn } from "./session.js";

const LIMIT = 1024 * 1024 - 16 * 1024; // bytes of a request that the server reads

export function listenToSaving(form, { autosave, meaning }) {
  let isReady = false;
  let isSent = false; // the second click of a double click

  form.addEventListener("submit", (event) => {
    if (isReady) {
      freshToken(form);
      autosave.stop();
      return;
    }
    event.preventDefault();
    if (isSent) return;
    if (new Blob([...new FormData(form).values()]).size > LIMIT) {
      autosave.say("This is longer than 1 MiB, more than can be sent. A prompt has at most 256 KiB.", true);
      return;
    }
    isSent = true;
    whyNotYet(form, event.submitter, { autosave, meaning }).then((why) => {
      isSent = Boolean(!why);
      if (why) {
        autosave.say(why, true);
        return;
      }
      isReady = true;
      form.requestSubmit(event.submitter);
    });
  });
}

// Resolves to why the form cannot be sent now, in words; "" when it can.
async function whyNotYet(form, submitter, { autosave, meaning }) {
  await autosave.settled();
  // Saved right after typing: a number that nobody has seen yet is shown first.
  const saves = !submitter?.hasAttribute("formaction");
  if (saves && meaning.isBehind) {
    const seen = form.elements.bump.value;
    await meaning.ask();
    if (form.elements.bump.value !== seen) {
      return `This is ${form.elements.bump.value} by now. Press Save again.`;
    }
  }
  return signedIn();
}
