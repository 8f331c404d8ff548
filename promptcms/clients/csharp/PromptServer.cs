using System;
using System.Globalization;
using System.Threading.Tasks;

namespace Promptcms.Client
{
    /// <summary>What the server said about a question.</summary>
    internal sealed class Reply
    {
        /// <summary>The prompt; null if it is the one that the ETag stands for (304).</summary>
        public PromptDocument Document { get; set; }

        public string ETag { get; set; }
        public string Generation { get; set; }

        /// <summary>Seconds by which the server says it is behind; null if it is not.</summary>
        public double? Behind { get; set; }

        /// <summary>When the question was asked, in seconds of the clock.</summary>
        public double AskedAt { get; set; }
    }

    /// <summary>Asks the server, again if need be, and makes sense of what comes back.</summary>
    internal sealed class PromptServer
    {
        private const double FirstWait = 0.1; // seconds, growing threefold with each attempt
        private const int LongestMessage = 500;
        private const int LargestBundle = 32 * 1024 * 1024; // bytes

        private static readonly TimeSpan BundleTime = TimeSpan.FromSeconds(30);

        private readonly Settings _settings;
        private readonly PromptClientOptions _options;
        private readonly ITransport _transport;
        private readonly SuppliedVariables _supplied;

        public PromptServer(Settings settings, ITransport transport, SuppliedVariables supplied)
        {
            _settings = settings;
            _options = settings.Options;
            _transport = transport;
            _supplied = supplied;
        }

        /// <summary>
        /// Ask for a prompt, at most <paramref name="attempts"/> times while the server is away.
        /// Raises a PromptcmsException for everything that is neither a prompt nor a 304 to the ETag.
        /// </summary>
        public async Task<Reply> AskAsync(Question question, string etag, int attempts)
        {
            for (int attempt = 1; ; attempt++)
            {
                double wait = FirstWait * Math.Pow(3, attempt - 1);
                try
                {
                    double now = _options.Clock();
                    TransportAnswer answer = await SendAsync(question, etag).ConfigureAwait(false);
                    if (answer.Status == 200) return Read(answer, now);
                    if (answer.Status == 304 && etag != null) return Describe(answer, null, now);
                    wait = Math.Max(wait, AskedToWait(answer));
                    throw Refusal(answer);
                }
                catch (PromptUnavailableException) when (attempt < attempts)
                {
                    // What is wrong is said after the last attempt.
                }
                await _options.Delay(TimeSpan.FromSeconds(Jittered(wait))).ConfigureAwait(false);
            }
        }

        /// <summary>Ask for all prompts of a label as one text. Raises a PromptcmsException.</summary>
        public async Task<string> BundleAsync(string label, string prefix)
        {
            string path = "/api/v1/bundle?label=" + Question.Encoded(label)
                + (string.IsNullOrEmpty(prefix) ? "" : "&prefix=" + Question.Encoded(prefix));
            var request = new TransportRequest("GET", _settings.Url, path, _settings.Key) { LargestAnswer = LargestBundle };
            TransportAnswer answer = await SendAsync(request, BundleTime).ConfigureAwait(false);
            if (answer.Status != 200) throw Refusal(answer);
            return answer.Body;
        }

        private Task<TransportAnswer> SendAsync(Question question, string etag)
        {
            var request = new TransportRequest("GET", _settings.Url, question.Path, _settings.Key);
            request.Headers[ClientHeader.Name] = ClientHeader.Write(
                ClientHeader.Client, ClientHeader.Process, _supplied.Of(question.Name));
            if (etag != null) request.Headers["If-None-Match"] = etag;
            return SendAsync(request, _options.Timeout);
        }

        private async Task<TransportAnswer> SendAsync(TransportRequest request, TimeSpan timeout)
        {
            try
            {
                return await _transport.SendAsync(request, timeout).ConfigureAwait(false);
            }
            catch (TransportException problem)
            {
                throw new PromptUnavailableException(
                    $"{_settings.Url} cannot be reached: {problem.Message.TrimEnd('.')}. Check PROMPTCMS_URL and whether the server runs.");
            }
        }

        private Reply Read(TransportAnswer answer, double now)
        {
            try
            {
                return Describe(answer, PromptDocument.Read(Json.Read(answer.Body)), now);
            }
            catch (FormatException problem)
            {
                throw new PromptUnavailableException(
                    $"{_settings.Url} answered something else than a prompt. Does PROMPTCMS_URL lead to promptcms? {problem.Message}",
                    status: answer.Status);
            }
        }

        private static Reply Describe(TransportAnswer answer, PromptDocument document, double now)
        {
            return new Reply
            {
                Document = document,
                ETag = answer.Header("ETag"),
                Generation = answer.Header("X-Pcms-Generation"),
                Behind = Number(answer.Header("X-Pcms-Stale")),
                AskedAt = now,
            };
        }

        private PromptcmsException Refusal(TransportAnswer answer)
        {
            string code = null, message = null, field = null;
            try
            {
                Members said = Members.Of(Json.Read(answer.Body), "it");
                code = said.Text("error");
                message = said.Text("message");
                field = said.Text("field");
            }
            catch (FormatException)
            {
                // A proxy between here and the server answers in its own words.
            }
            if (string.IsNullOrEmpty(message))
                message = $"{_settings.Url} answered with status {answer.Status}. Check PROMPTCMS_URL, or try again later.";
            if (message.Length > LongestMessage) message = message.Substring(0, LongestMessage);
            return PromptcmsException.Of(answer.Status, code, message, field);
        }

        private double AskedToWait(TransportAnswer answer)
        {
            return Math.Min(Number(answer.Header("Retry-After")) ?? 0, _options.Timeout.TotalSeconds);
        }

        private double Jittered(double wait)
        {
            return wait * (1 + _options.Jitter * _options.Random(1000) / 1000);
        }

        private static double? Number(string text)
        {
            bool read = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number);
            return read ? number : (double?)null;
        }
    }
}
