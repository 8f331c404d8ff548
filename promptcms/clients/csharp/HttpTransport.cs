using System;
using System.Collections.Generic;
using System.IO;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace Promptcms.Client
{
    /// <summary>
    /// The real way: one HttpClient, whose connections are pooled and kept alive. Redirects are not
    /// followed, because they would carry the key elsewhere; certificates are checked by the platform.
    /// </summary>
    internal sealed class HttpTransport : ITransport
    {
        private const int Connections = 8;

        private static readonly Encoding Utf8 = new UTF8Encoding(false, true);

        private readonly HttpClient _http = new HttpClient(new HttpClientHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = Connections,
        }) { Timeout = Timeout.InfiniteTimeSpan }; // every request brings its own

        /// <inheritdoc/>
        public async Task<TransportAnswer> SendAsync(TransportRequest request, TimeSpan timeout)
        {
            using (var stop = new CancellationTokenSource(timeout))
            {
                try
                {
                    return await SendAsync(request, stop.Token).ConfigureAwait(false);
                }
                catch (Exception problem) when (stop.IsCancellationRequested && !(problem is TransportException))
                {
                    throw new TransportException($"no answer within {timeout.TotalSeconds:0.#} seconds");
                }
                catch (Exception problem) when (
                    problem is HttpRequestException || problem is IOException || problem is OperationCanceledException
                    || problem is DecoderFallbackException || problem is ObjectDisposedException || problem is InvalidOperationException)
                {
                    throw new TransportException(problem.GetBaseException().Message);
                }
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            _http.Dispose();
        }

        private async Task<TransportAnswer> SendAsync(TransportRequest request, CancellationToken stop)
        {
            using (var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Address))
            {
                foreach (KeyValuePair<string, string> header in request.Headers)
                    message.Headers.TryAddWithoutValidation(header.Key, header.Value);
                message.Headers.ExpectContinue = false; // .NET Framework would ask first, and wait
                if (request.Body != null) message.Content = new StringContent(request.Body, Utf8, "application/json");
                using (HttpResponseMessage answer = await _http
                    .SendAsync(message, HttpCompletionOption.ResponseHeadersRead, stop).ConfigureAwait(false))
                using (stop.Register(answer.Dispose)) // a body that comes drop by drop does not look at the token
                {
                    return new TransportAnswer(
                        (int)answer.StatusCode, HeadersOf(answer), await BodyAsync(answer, request.LargestAnswer, stop).ConfigureAwait(false));
                }
            }
        }

        private static Dictionary<string, string> HeadersOf(HttpResponseMessage answer)
        {
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (KeyValuePair<string, IEnumerable<string>> header in answer.Headers)
                headers[header.Key] = string.Join(", ", header.Value);
            return headers;
        }

        private static async Task<string> BodyAsync(HttpResponseMessage answer, int largest, CancellationToken stop)
        {
            using (Stream body = await answer.Content.ReadAsStreamAsync().ConfigureAwait(false))
            using (var read = new MemoryStream())
            {
                var buffer = new byte[16 * 1024];
                int count;
                while ((count = await body.ReadAsync(buffer, 0, buffer.Length, stop).ConfigureAwait(false)) > 0)
                {
                    read.Write(buffer, 0, count);
                    if (read.Length > largest) throw new TransportException($"the answer is larger than {largest / 1024 / 1024} MiB");
                }
                return Utf8.GetString(read.GetBuffer(), 0, (int)read.Length);
            }
        }
    }
}
