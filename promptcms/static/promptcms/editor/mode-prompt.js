// The language of prompts for Ace: {{variable}}, broken {{, and Markdown headings.
// The grammar is that of registry/domain/template.py; a test compares the two.
"use strict";

ace.define(
  "ace/mode/prompt_highlight_rules",
  ["require", "exports", "ace/mode/text_highlight_rules"],
  (require, exports) => {
    const { TextHighlightRules } = require("ace/mode/text_highlight_rules");

    class PromptHighlightRules extends TextHighlightRules {
      constructor() {
        super();
        this.$rules = {
          start: [
            // What a merge left to choose from; registry/domain/merge_lines.py writes them.
            {
              token: "prompt_mark",
              regex: /^(?:<{7} yours:|={7} .{1,200}, \d+\.\d+\.\d+:|>{7} keep one of the two, .*)$/,
            },
            { token: "prompt_broken", regex: /\{\{\{+[^{}]*\}*/ },
            {
              token: "prompt_variable",
              regex: /\{\{[ \t]*[A-Za-z_][A-Za-z0-9_]{0,63}[ \t]*\}\}/,
            },
            { token: "prompt_broken", regex: /\{\{(?:[^{}]{0,80}\}\}|[^{}\s]{0,24})/ },
            { token: "prompt_heading", regex: /^#{1,6}[ \t].*?(?=\{\{|$)/ },
            { defaultToken: "text" },
          ],
        };
      }
    }
    exports.PromptHighlightRules = PromptHighlightRules;
  },
);

ace.define(
  "ace/mode/prompt",
  ["require", "exports", "ace/mode/text", "ace/mode/prompt_highlight_rules"],
  (require, exports) => {
    const { Mode: TextMode } = require("ace/mode/text");
    const { PromptHighlightRules } = require("ace/mode/prompt_highlight_rules");

    class PromptMode extends TextMode {
      constructor() {
        super();
        this.HighlightRules = PromptHighlightRules;
        this.$id = "ace/mode/prompt";
      }
    }
    exports.Mode = PromptMode;
  },
);

// The colours stand in editor.css, which follows light and dark by itself.
ace.define("ace/theme/prompt", ["require", "exports"], (require, exports) => {
  exports.isDark = false;
  exports.cssClass = "ace-prompt";
  exports.cssText = "";
});
