using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Promptcms.Client
{
    /// <summary>The members of a JSON object, read by name and type. What does not fit is a FormatException.</summary>
    internal sealed class Members
    {
        private readonly Dictionary<string, object> _members;

        private Members(Dictionary<string, object> members)
        {
            _members = members;
        }

        /// <summary>Return the members of an object; <paramref name="what"/> names it in the error.</summary>
        public static Members Of(object json, string what)
        {
            return new Members(json as Dictionary<string, object>
                ?? throw new FormatException($"The answer is no prompt: {what} is no object."));
        }

        /// <summary>All members, by name.</summary>
        public IReadOnlyDictionary<string, object> All => _members;

        /// <summary>Return a member; null if it is not there.</summary>
        public object this[string name] => _members.TryGetValue(name, out object value) ? value : null;

        /// <summary>Return a text; null if it is not there or no text.</summary>
        public string Text(string name)
        {
            return this[name] as string;
        }

        /// <summary>Return a text that has to be there.</summary>
        public string NeededText(string name)
        {
            return Text(name) ?? throw new FormatException($"The answer is no prompt: it has no {name}.");
        }

        /// <summary>Return a number that has to be there.</summary>
        public double Number(string name)
        {
            if (!(this[name] is long) && !(this[name] is double))
                throw new FormatException($"The answer is no prompt: {name} is no number.");
            return Convert.ToDouble(this[name], CultureInfo.InvariantCulture);
        }

        /// <summary>Return the items of a list, each read; an empty list if there is none.</summary>
        public List<T> List<T>(string name, Func<object, T> read)
        {
            var items = this[name] as List<object>;
            return items == null ? new List<T>() : items.Select(read).ToList();
        }
    }
}
