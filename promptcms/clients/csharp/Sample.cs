using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace Promptcms.Client
{
    /// <summary>
    /// The text of one call, for a report. It goes along for PromptClientOptions.SampleShare of the calls;
    /// where that is 0, the default, no text leaves the process.
    /// </summary>
    public sealed class Sample
    {
        internal const int MostBytes = 64 * 1024; // of one, as it is sent
        internal const int MostWaiting = 512 * 1024; // of all that wait; what comes on top goes without
        private const string Salt = "sample";

        /// <summary>What was put in: a text, or values by the names of variables.</summary>
        public object Input { get; set; } = "";

        /// <summary>What came out.</summary>
        public string Output { get; set; }

        /// <summary>The texts that it was to rest on.</summary>
        public IEnumerable<string> Context { get; set; }

        /// <summary>Does a call with this id carry its sample? By a hash of the id alone: alike in both arms.</summary>
        internal static bool IsChosen(string id, double share)
        {
            return Assignment.Bucket(Salt, id) < share * Assignment.Buckets;
        }

        /// <summary>Return what is sent, and its bytes; or nothing, and why not.</summary>
        internal Dictionary<string, object> Members(out int size, out string why)
        {
            size = 0;
            List<string> context = (Context ?? new string[0]).ToList();
            object input = Input is IEnumerable<KeyValuePair<string, object>> values
                ? values.ToDictionary(value => value.Key, value => value.Value)
                : Input;
            why = WhyNot(input, context);
            if (why != null) return null;
            var members = new Dictionary<string, object> { ["input"] = input, ["output"] = Output };
            if (context.Count > 0) members["context"] = context.Cast<object>().ToList();
            size = Encoding.ASCII.GetByteCount(JsonWriter.Write(members));
            if (size <= MostBytes) return members;
            why = $"it has more than {MostBytes / 1024} KiB";
            return null;
        }

        private string WhyNot(object input, List<string> context)
        {
            if (input is Dictionary<string, object> values)
            {
                if (values.Values.Any(value => !(value is string) && (value == null || PlainText.Of(value) == null)))
                    return "the values of its input are texts, numbers, true or false";
            }
            else if (!(input is string)) return "its input is a text, or values by the names of variables";
            return Output == null || context.Any(text => text == null) ? "its output is a text, its context a list of texts" : null;
        }
    }
}
