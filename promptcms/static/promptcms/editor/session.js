// Signing in again in place: the session ended while somebody typed, and their text stays.

import { freshToken } from "./requests.js";

const dialog = document.querySelector("[data-sign-in]");
const again = document.querySelector("[data-sign-in-again]");
let asking = null; // the one dialog that several requests wait for
let dismissed = false; // "not now": ask only when the person does something for it

// Who is signed in: {person, name}. Rejects when the server cannot be reached.
async function whoIsSignedIn() {
  const answer = await fetch(dialog.dataset.session, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
}

// Resolves to "" when the one who typed is signed in (now), else to why not, in words.
export async function signedIn({ ask = true } = {}) {
  if (!dialog) return "";
  let who;
  try {
    who = await whoIsSignedIn();
  } catch {
    return "The server cannot be reached. Keep this page open.";
  }
  if (String(who.person) === dialog.dataset.person) {
    offer(false);
    return "";
  }
  if (who.person !== null) {
    return `You are signed in as ${who.name} in another tab, and this text is not theirs. Sign in as the one who wrote it, or copy what you need.`;
  }
  if (!ask || dismissed) {
    offer(true);
    return "You are signed out; your text stays here.";
  }
  asking ||= askForPassword().finally(() => {
    asking = null;
  });
  return (await asking) ? "" : "You are signed out; your text stays here.";
}

function offer(isNeeded) {
  if (again) again.hidden = !isNeeded;
}

// Resolves to true once signed in, to false when the person closed the dialog.
function askForPassword() {
  const form = dialog.querySelector("form");
  const field = dialog.querySelector("input[type=password]");
  const error = dialog.querySelector("[role=alert]");
  const before = document.activeElement;
  return new Promise((resolve) => {
    const done = (isBack) => {
      form.removeEventListener("submit", submit);
      dialog.removeEventListener("cancel", notNow);
      dialog.removeEventListener("close", notNow);
      field.value = error.textContent = "";
      dialog.close();
      dismissed = !isBack;
      offer(!isBack);
      if (before?.isConnected) before.focus();
      resolve(isBack);
    };
    const notNow = () => done(false);
    const submit = async (event) => {
      event.preventDefault();
      error.textContent = await sendPassword(field.value);
      if (!error.textContent) done(true);
      else field.select();
    };
    form.addEventListener("submit", submit);
    dialog.addEventListener("cancel", notNow);
    dialog.addEventListener("close", notNow);
    dialog.querySelector("[data-not-now]").onclick = notNow;
    dialog.showModal();
    field.focus();
  });
}

// Resolves to "" when the password was right, else to a sentence.
async function sendPassword(password) {
  const body = new FormData();
  body.set("person", dialog.dataset.person);
  body.set("sign_in_name", dialog.querySelector("input[type=text]").value);
  body.set("sign_in_password", password);
  const editor = document.querySelector("form[data-editor]");
  freshToken(editor);
  body.set("csrfmiddlewaretoken", editor.elements.csrfmiddlewaretoken.value);
  try {
    const answer = await fetch(dialog.dataset.session, {
      method: "POST",
      body,
      credentials: "same-origin",
    });
    if (answer.ok) return "";
    if (answer.status === 429) {
      return "Too many wrong passwords. Wait 15 minutes and keep this page open: your text stays here.";
    }
    if (answer.status !== 422) return `The server answered ${answer.status}. Try again.`;
    return (await answer.json()).message;
  } catch {
    return "The server cannot be reached. Try again in a moment.";
  }
}

again?.addEventListener("click", async () => {
  dismissed = false;
  if (!(await signedIn())) document.dispatchEvent(new CustomEvent("signed-in"));
});
