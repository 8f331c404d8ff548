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

        /// <summary>The text of the call. It goes along for PromptClientOptions.SampleShare of the calls.</summary>
        public Sample Sample { get; set; }

        /// <summary>
        /// Return the members that an observation gets. What no server could take, such as a latency that
        /// is not finite, is left out and told to <paramref name="complain"/>.
        /// </summary>
        internal Dictionary<string, object> Members(Action<string> complain)
        {
            Func<string, double?, double, object> within = (name, number, most) =>
            {
                if (number == null || number >= 0 && number <= most) return number;
                complain($"{name} of a report has to be {(most > 1 ? "0 or more" : "from 0 to 1")}; it was left out");
                return null;
            };
            Dictionary<string, object> scores = Observation.Given((Scores ?? new Dictionary<string, double>())
                .Select(score => new KeyValuePair<string, object>(score.Key, within("the score " + score.Key, score.Value, 1))));
            return Observation.Given(new Dictionary<string, object>
            {
                ["error"] = Error,
                ["error_type"] = ErrorType,
                ["message"] = Message,
                ["latency_ms"] = within("LatencyMs", LatencyMs, double.MaxValue),
                ["input_tokens"] = within("InputTokens", InputTokens, long.MaxValue) == null ? null : (object)InputTokens,
                ["output_tokens"] = within("OutputTokens", OutputTokens, long.MaxValue) == null ? null : (object)OutputTokens,
                ["cost"] = within("Cost", Cost, double.MaxValue),
                ["scores"] = scores.Count == 0 ? null : scores,
            });
        }
    }
}
