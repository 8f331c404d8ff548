"use strict";
// A prompt as one call gets it: the version that was chosen for its unit, ready to be filled.

const {TemplateError} = require("./errors.js");
const {fill} = require("./template.js");

/** One prompt for one call. What it says stays as it is; only `compile` may fall back to control. */
class Prompt {
  #document;
  #noteValues;
  #noteFailure;

  /**
   * `document` is what the server sent, `choice` is `{variant, assignment, bucket}`, `kept` is
   * `{label, state, age, generation, error}`. `noteValues(values)` is told what compile was given,
   * `noteFailure(prompt, error)` that the treatment could not be filled.
   */
  constructor({document, choice, kept, noteValues, noteFailure}) {
    const rollout = choice.assignment === "none" ? null : document.body.rollout;
    this.#document = document;
    this.#noteValues = noteValues;
    this.#noteFailure = noteFailure;
    this.name = document.body.name;
    Object.assign(this, choice);
    this.rollout = rollout && Object.freeze({id: rollout.id, epoch: rollout.epoch});
    Object.assign(this, kept);
    this.fellBack = false;
    this.#show(choice.variant === "treatment" ? rollout.treatment : document.body);
  }

  /**
   * Return the text, or the list of messages, with the values put in; `messages` gives the
   * application's own messages for each placeholder. A treatment that cannot be filled becomes the
   * control, and that is reported. Throws TemplateError.
   */
  compile(values = {}, messages = {}) {
    this.#noteValues(values);
    const {control, treatment} = this.#document;
    if (this.variant !== "treatment") return fill(control, values, messages, treatment);
    try {
      return fill(treatment, values, messages, control);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const filled = fill(control, values, messages, treatment);
      this.#noteFailure(this, error);
      this.#fallBack();
      return filled;
    }
  }

  /** The attributes for a trace span (OpenTelemetry): names and numbers, no text and no values. */
  get attributes() {
    const all = {
      "prompt.name": this.name,
      "prompt.version": this.version,
      "prompt.variant": this.variant,
      "prompt.rollout": this.rollout?.id,
      "prompt.epoch": this.rollout?.epoch,
      "prompt.bucket": this.bucket,
      "gen_ai.prompt.name": this.name,
      "gen_ai.prompt.version": this.version,
    };
    return Object.fromEntries(
      Object.entries(all).filter(([, value]) => value !== undefined && value !== null),
    );
  }

  #fallBack() {
    this.variant = "control";
    this.fellBack = true;
    this.#show(this.#document.body);
  }

  /** Take the fields of the version that is served. A caller's fallback has no version. */
  #show(body) {
    this.kind = body.kind;
    this.version = body.version || null;
    this.revision = body.revision ?? null;
    this.digest = body.digest ?? null;
    this.template = body.template ?? null;
    this.messages = body.messages ?? null;
    this.config = body.config ?? {};
    this.variables = body.variables ?? [];
    this.outputSchema = body.output_schema ?? null;
  }
}

module.exports = {Prompt};
