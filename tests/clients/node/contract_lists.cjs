"use strict";
// What a case of each list of contract.json means for the Node client.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const {fakeClock, scripted} = require("./scripted.cjs");

module.exports = function lists(folder, contract, scratch) {
  const {Client, PromptcmsError, bucketOf} = require(path.join(folder, "index.cjs"));
  const {inTreatment} = require(path.join(folder, "lib/assignment.js"));
  const {callerHeader} = require(path.join(folder, "lib/caller.js"));
  const {prepare, fill} = require(path.join(folder, "lib/template.js"));
  const {fallbackDocument} = require(path.join(folder, "lib/document.js"));
  const {isChosen} = require(path.join(folder, "lib/sample.js"));
  const {DEFAULTS} = require(path.join(folder, "lib/settings.js"));

  function client(options = {}) {
    const clock = fakeClock();
    const server = scripted(contract.documents);
    const settings = {
      url: "http://prompts.example",
      key: "pcms_secret",
      jitter: 0,
      random: () => 0,
      log: () => {},
      clock,
      transport: server,
      ...options,
    };
    return {client: new Client(settings), clock, server};
  }

  async function serving(document, options) {
    const made = client(options);
    made.server.answers([{status: 200, document, etag: '"a"', generation: "6f1c:5"}]);
    return made;
  }

  async function refused(action, kind) {
    const error = await Promise.resolve()
      .then(action)
      .then(
        (result) => assert.fail(`no error, but ${JSON.stringify(result)}`),
        (failure) => failure,
      );
    assert.ok(error instanceof PromptcmsError, String(error.stack));
    assert.equal(error.kind, kind);
    assert.ok(!`${error.message}${error.stack}`.includes("pcms_secret"));
    return error;
  }

  function fieldsOf(prompt, wanted) {
    const all = {...prompt, fell_back: prompt.fellBack};
    return Object.fromEntries(
      Object.keys(wanted)
        .filter((key) => key in all)
        .map((key) => [key, all[key]]),
    );
  }

  async function checkStep(made, step) {
    const {expect} = step;
    made.clock.at = step.at;
    made.server.answers(step.server);
    let found = {};
    if (step.tick) await made.client.refresh();
    else if (expect.error) {
      const {name, ...options} = step.get;
      found = await refused(() => made.client.getPrompt(name, options), expect.error);
    } else {
      const {name, ...options} = step.get;
      found = await made.client.getPrompt(name, options);
    }
    const {error, requests, path: address, if_none_match: tag, text, age, ...fields} = expect;
    assert.equal(made.server.requests.length, requests, "requests");
    const last = made.server.requests.at(-1);
    if (address) assert.equal(last.path, address);
    if (tag) assert.equal(last.headers["if-none-match"], tag);
    if (text) assert.equal(found.compile(), text);
    if (age !== undefined) assert.ok(Math.abs(found.age - age) < 1e-9, `age ${found.age}`);
    for (const [key, value] of Object.entries(fields)) assert.deepEqual(found[key], value, key);
  }

  return {
    defaults([name, value]) {
      const inJavaScript = name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
      assert.equal(DEFAULTS[inJavaScript], value);
    },
    compile(one) {
      const prompt = one.fallback
        ? fallbackDocument("p", one.prompt.messages).control
        : prepare(one.prompt);
      const run = () => fill(prompt, one.values, one.messages);
      if (!one.error) return assert.deepEqual(run(), one.expect);
      return refused(run, one.error).then((error) => {
        for (const name of one.names) assert.ok(error.message.includes(name), error.message);
      });
    },
    assignment: (one) => assert.equal(bucketOf(one.salt, one.unit), one.bucket),
    shares: (one) => assert.equal(inTreatment(one.bucket, one.percent), one.treatment),
    async choice(one) {
      const random = () => ((one.draw ?? 0) + 0.5) / 10000;
      const made = await serving(one.document, {random});
      const prompt = await made.client.getPrompt("support/system", {unit: one.unit});
      if (one.error) {
        await refused(() => prompt.compile(one.values, one.messages), one.error);
        return assert.deepEqual(made.client.waiting, []);
      }
      const text = prompt.compile(one.values, one.messages);
      assert.deepEqual({...fieldsOf(prompt, one.expect), text}, one.expect);
      const waiting = made.client.waiting.map(({id, ts, label, message, ...rest}) => rest);
      return assert.deepEqual(waiting, one.reported ? [one.reported] : []);
    },
    async attributes(one) {
      const {client: made} = await serving(one.document);
      const prompt = await made.getPrompt("support/system", {unit: one.unit});
      assert.deepEqual(prompt.attributes, one.expect);
    },
    async cache(one, number) {
      const options = {...one.settings};
      if (one.snapshot) {
        options.snapshot = path.join(scratch, `${number}.json`);
        fs.writeFileSync(options.snapshot, JSON.stringify(contract.snapshots[one.snapshot]));
      }
      const made = client(options);
      for (const step of one.steps) await checkStep(made, step);
    },
    async errors(one) {
      const made = client({attempts: 1});
      made.server.answers([{status: one.status}]);
      await refused(() => made.client.getPrompt("support/system"), one.kind);
    },
    async report(one) {
      const made = await serving("control");
      const prompt = await made.client.getPrompt("support/system");
      made.client.report(prompt, {latencyMs: 12.5});
      const first = {status: one.status};
      made.server.answers(one.again ? [first, {status: 200}] : [first]);
      assert.equal(await made.client.flush(), one.taken || one.again ? 0 : 1);
      const bodies = made.server.requests.map((request) => request.body);
      assert.equal(new Set(bodies).size, 1, "the same ids again");
      assert.equal(bodies.length, one.again ? 2 : 1);
      assert.equal(made.server.requests[0].path, contract.report.path);
      assert.equal(made.client.dropped, one.taken || one.again ? 0 : 1);
    },
    header: (one) => assert.equal(callerHeader(one.client, one.process, one.variables), one.header),
    chosen: (one) => assert.equal(isChosen(one.id, one.share), one.chosen),
    async samples(one) {
      const made = await serving("control", {sampleShare: 1});
      const prompt = await made.client.getPrompt("support/system");
      const sample = {...one.sample};
      if (one.times) sample.output = sample.output.repeat(one.times);
      made.client.report(prompt, {latencyMs: 5, sample});
      made.server.answers([{status: 200}]);
      await made.client.flush();
      const [sent] = JSON.parse(made.server.requests[0].body).observations;
      assert.equal(sent.latency_ms, 5);
      assert.deepEqual(sent.sample, one.sent ? sample : undefined);
    },
    async observations(one) {
      const treated = one.variant === "treatment";
      const made = await serving(treated ? "rolling" : "control", {sampleShare: 1});
      const prompt = await made.client.getPrompt("support/system", {unit: "Zo\u00eb"});
      const ts = new Date(one.ts);
      const facts = {...one, ts, errorType: one.error_type, latencyMs: one.latency_ms};
      facts.inputTokens = one.input_tokens;
      facts.outputTokens = one.output_tokens;
      made.client.report(prompt, facts);
      made.server.answers([{status: 200}]);
      await made.client.flush();
      assert.deepEqual(JSON.parse(made.server.requests[0].body), {observations: [one]});
      assert.ok(!made.server.requests[0].body.includes("Zo\u00eb"), "a unit stays in the process");
    },
  };
};
