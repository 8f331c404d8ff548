using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Promptcms.Client
{
    /// <summary>What is told about one use of a prompt. A unit never leaves the process: its bucket does.</summary>
    internal sealed class Observation
    {
        public Observation(Dictionary<string, object> members)
        {
            Members = members;
            Id = (string)members["id"];
        }

        public string Id { get; }

        /// <summary>The members as they are sent; those without a value are left out.</summary>
        public Dictionary<string, object> Members { get; }

        /// <summary>How many bytes its sample has; 0 without one.</summary>
        public int SampleBytes { get; set; }

        /// <summary>How often it was sent without being taken.</summary>
        public int Tries { get; set; }

        /// <summary>Return what an observation says of the version that a call got.</summary>
        public static Dictionary<string, object> Of(Choice choice, string label, DateTime utcNow)
        {
            var members = new Dictionary<string, object>
            {
                ["id"] = Guid.NewGuid().ToString(),
                ["ts"] = utcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
                ["prompt"] = choice.Document.Name,
                ["version"] = choice.Document.Version,
                ["label"] = label,
                ["variant"] = choice.Variant,
                ["rollout"] = choice.Rollout?.Id,
                ["epoch"] = choice.Rollout?.Epoch,
                ["assignment"] = choice.Assignment,
                ["bucket"] = choice.Bucket,
            };
            return Given(members);
        }

        /// <summary>Return the members that have a value.</summary>
        public static Dictionary<string, object> Given(IEnumerable<KeyValuePair<string, object>> members)
        {
            return members.Where(member => member.Value != null).ToDictionary(member => member.Key, member => member.Value);
        }
    }
}
