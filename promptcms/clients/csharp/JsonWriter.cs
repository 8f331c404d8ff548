using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Promptcms.Client
{
    /// <summary>Write what <see cref="Json"/> reads, in ASCII, so that no encoding can spoil it.</summary>
    internal static class JsonWriter
    {
        /// <summary>Return <paramref name="value"/> as JSON. Raises ArgumentException for other types.</summary>
        public static string Write(object value)
        {
            var text = new StringBuilder();
            Write(text, value);
            return text.ToString();
        }

        private static void Write(StringBuilder text, object value)
        {
            if (value == null) text.Append("null");
            else if (value is string words) WriteText(text, words);
            else if (value is IEnumerable<KeyValuePair<string, object>> members) WriteObject(text, members);
            else if (value is IEnumerable items) WriteList(text, items);
            else text.Append(PlainText.Of(value) ?? throw new ArgumentException(
                $"JSON cannot hold a {value.GetType().Name} or a number that is not finite."));
        }

        private static void WriteObject(StringBuilder text, IEnumerable<KeyValuePair<string, object>> members)
        {
            string before = "{";
            foreach (KeyValuePair<string, object> member in members)
            {
                text.Append(before);
                WriteText(text, member.Key);
                text.Append(':');
                Write(text, member.Value);
                before = ",";
            }
            text.Append(before == "{" ? "{}" : "}");
        }

        private static void WriteList(StringBuilder text, IEnumerable items)
        {
            string before = "[";
            foreach (object item in items)
            {
                text.Append(before);
                Write(text, item);
                before = ",";
            }
            text.Append(before == "[" ? "[]" : "]");
        }

        private static void WriteText(StringBuilder text, string words)
        {
            text.Append('"');
            foreach (char c in words)
            {
                if (c == '"' || c == '\\') text.Append('\\').Append(c);
                else if (c >= ' ' && c < '\x7f') text.Append(c);
                else text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
            text.Append('"');
        }
    }
}
