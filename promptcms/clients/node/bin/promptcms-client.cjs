#!/usr/bin/env node
"use strict";

const {main} = require("../lib/commands.js");

main(process.argv.slice(2), {
  environment: process.env,
  print: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
}).then((code) => {
  process.exitCode = code;
});
