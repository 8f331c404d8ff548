using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace Promptcms.Client
{
    /// <summary>One way to the server. Tests put their own in its place.</summary>
    public interface ITransport : IDisposable
    {
        /// <summary>
        /// Send a request and return whatever was answered, redirects and errors too.
        /// Raises TransportException if there was no answer within <paramref name="timeout"/>.
        /// </summary>
        Task<TransportAnswer> SendAsync(TransportRequest request, TimeSpan timeout);
    }

    /// <summary>A request. It holds the key, so it is never written anywhere.</summary>
    public sealed class TransportRequest
    {
        internal TransportRequest(string method, string root, string path, string key)
        {
            Method = method;
            Address = root + path;
            Path = path;
            Headers["Authorization"] = "Bearer " + key;
            Headers["Accept"] = "application/json";
        }

        /// <summary>`GET` or `POST`.</summary>
        public string Method { get; }

        /// <summary>The whole address.</summary>
        public string Address { get; }

        /// <summary>Path and query, encoded.</summary>
        public string Path { get; }

        /// <summary>The headers, the key's among them.</summary>
        public IDictionary<string, string> Headers { get; } =
            new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

        /// <summary>How large an answer may be, in bytes.</summary>
        public int LargestAnswer { get; internal set; } = 8 * 1024 * 1024;

        /// <summary>The JSON of a `POST`; null for a `GET`.</summary>
        public string Body { get; internal set; }
    }

    /// <summary>What was answered.</summary>
    public sealed class TransportAnswer
    {
        /// <summary>Make an answer.</summary>
        public TransportAnswer(int status, IDictionary<string, string> headers, string body)
        {
            Status = status;
            Headers = new Dictionary<string, string>(headers, StringComparer.OrdinalIgnoreCase);
            Body = body;
        }

        /// <summary>The HTTP status.</summary>
        public int Status { get; }

        /// <summary>The headers, by name in any case.</summary>
        public IReadOnlyDictionary<string, string> Headers { get; }

        /// <summary>The body; empty if there is none.</summary>
        public string Body { get; }

        /// <summary>Return a header; null if it was not sent.</summary>
        internal string Header(string name)
        {
            return Headers.TryGetValue(name, out string value) ? value : null;
        }
    }

    /// <summary>Nothing was answered: no connection, no trust, no time left, or too much.</summary>
    public sealed class TransportException : Exception
    {
        /// <summary>Make one from a sentence without the key.</summary>
        public TransportException(string message) : base(message) { }
    }
}
