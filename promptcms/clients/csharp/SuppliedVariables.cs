using System.Collections.Concurrent;
using System.Collections.Generic;

namespace Promptcms.Client
{
    /// <summary>The names of the variables that the application gave per prompt, told to the server with a refresh.</summary>
    internal sealed class SuppliedVariables
    {
        private const int MostNames = 101; // one more than the header takes, so that it leaves the list out

        private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _names =
            new ConcurrentDictionary<string, ConcurrentDictionary<string, bool>>();

        /// <summary>Note what was given; names that cannot be variables are left aside.</summary>
        public void Add(string prompt, ICollection<string> names)
        {
            ConcurrentDictionary<string, bool> known = _names.GetOrAdd(prompt, _ => new ConcurrentDictionary<string, bool>());
            foreach (string name in names)
                if (!known.ContainsKey(name) && Template.IsName(name) && known.Count < MostNames) known[name] = true;
        }

        /// <summary>Return what was given so far; null if the prompt was never compiled.</summary>
        public IReadOnlyCollection<string> Of(string prompt)
        {
            return _names.TryGetValue(prompt, out ConcurrentDictionary<string, bool> known)
                ? new List<string>(known.Keys)
                : null;
        }
    }
}
