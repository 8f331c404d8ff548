using System;
using System.Collections.Generic;
using System.Linq;

namespace Promptcms.Client
{
    /// <summary>How one call of a model with a prompt went. What is not known is left null.</summary>
    public sealed class Report
    {
        /// <summary>Did the call fail?</summary>
        public bool Error { get; set; }

        /// <summary>How it failed, in a word: `timeout`, `refusal`.</summary>
        public string ErrorType { get; set; }

        /// <summary>What the error said. Leave out what people wrote.</summary>
        public string Message { get; set; }

        /// <summary>How long the call took, in milliseconds.</summary>
        public double? LatencyMs { get; set; }

        /// <summary>Tokens that were read.</summary>
        public long? InputTokens { get; set; }

        /// <summary>Tokens that were written.</summary>
        public long? OutputTokens { get; set; }

        /// <summary>What it cost, in dollars.</summary>
        public double? Cost { get; set; }

        /// <summary>Scores from 0 to 1 by name.</summary>
        public IDictionary<string, double> Scores { get; set; }

        /// <summary>Return the members that an observation gets. Raises ArgumentException for an impossible number.</summary>
        internal IEnumerable<KeyValuePair<string, object>> Members()
        {
            Check("LatencyMs", LatencyMs, double.MaxValue);
            Check("InputTokens", InputTokens, long.MaxValue);
            Check("OutputTokens", OutputTokens, long.MaxValue);
            Check("Cost", Cost, double.MaxValue);
            foreach (KeyValuePair<string, double> score in Scores ?? new Dictionary<string, double>())
                Check("The score " + score.Key, score.Value, 1);
            return Observation.Given(new Dictionary<string, object>
            {
                ["error"] = Error,
                ["error_type"] = ErrorType,
                ["message"] = Message,
                ["latency_ms"] = LatencyMs,
                ["input_tokens"] = InputTokens,
                ["output_tokens"] = OutputTokens,
                ["cost"] = Cost,
                ["scores"] = Scores?.ToDictionary(score => score.Key, score => (object)score.Value),
            });
        }

        private static void Check(string what, double? number, double most)
        {
            if (number == null || number >= 0 && number <= most) return;
            string range = most > 1 ? "0 or more" : "from 0 to 1";
            throw new ArgumentException($"{what} has to be a finite number {range}.");
        }
    }
}
