using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;

namespace Promptcms.Client
{
    /// <summary>How a client names itself: `X-Pcms-Client: name/version;process;variables=a,b`.</summary>
    internal static class ClientHeader
    {
        /// <summary>The name of the header.</summary>
        public const string Name = "X-Pcms-Client";

        /// <summary>This client and its version.</summary>
        public const string Client = "promptcms-csharp/0.1.0";

        private const int Longest = 999; // the server takes no list of variables out of a longer header
        private const int MostVariables = 100;
        private const int LongestHost = 80;

        private static readonly Lazy<string> ThisProcess = new Lazy<string>(FindProcess);

        /// <summary>This process, as `host:number`.</summary>
        public static string Process => ThisProcess.Value;

        /// <summary>
        /// Return the header. <paramref name="variables"/> are the names that the application gives values for;
        /// null if it has not given any yet. A list too long is left out: part of it would look like missing ones.
        /// </summary>
        public static string Write(string client, string process, IReadOnlyCollection<string> variables)
        {
            string named = client + ";" + process;
            if (variables == null || variables.Count > MostVariables) return named;
            string whole = named + ";variables=" + string.Join(",", variables.OrderBy(name => name, StringComparer.Ordinal));
            return whole.Length > Longest ? named : whole;
        }

        private static string FindProcess()
        {
            string host = new string(Environment.MachineName.Select(c => c > ' ' && c <= '~' && c != ';' ? c : '-').ToArray());
            if (host.Length > LongestHost) host = host.Substring(0, LongestHost);
            using (Process process = System.Diagnostics.Process.GetCurrentProcess()) return host + ":" + process.Id;
        }
    }
}
