using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Promptcms.Client
{
    /// <summary>
    /// Gets prompts from promptcms. Make one for the whole process and share it between threads.
    /// A prompt is asked for once, refreshed in the background every ten seconds, and served from
    /// memory in between; the last good answer goes on being served while the server is away.
    /// </summary>
    public sealed class PromptClient : IPromptClient, IPromptSink
    {
        private static readonly TimeSpan LastFlush = TimeSpan.FromSeconds(2);
        private static readonly TimeSpan UsualFlush = TimeSpan.FromSeconds(10);

        private readonly Settings _settings;
        private readonly PromptClientOptions _options;
        private readonly ITransport _transport;
        private readonly PromptServer _server;
        private readonly PromptCache _cache;
        private readonly Observations _observations;
        private readonly SuppliedVariables _supplied = new SuppliedVariables();
        private int _disposed;

        /// <summary>Make a client with the settings of the environment. Raises PromptConfigException.</summary>
        public PromptClient() : this(new PromptClientOptions()) { }

        /// <summary>Make a client. Raises PromptConfigException naming the setting that is missing or wrong.</summary>
        public PromptClient(PromptClientOptions options)
        {
            _options = options;
            _settings = new Settings(options);
            _transport = options.Transport ?? new HttpTransport();
            _server = new PromptServer(_settings, _transport, _supplied);
            _cache = new PromptCache(_settings, _server);
            _observations = new Observations(_settings, _transport);
            AppDomain.CurrentDomain.ProcessExit += AtExit;
        }

        /// <summary>How many observations were given up so far.</summary>
        public long DroppedObservations => _observations.Dropped;

        internal PromptCache Cache => _cache;

        internal Observations Observations => _observations;

        /// <summary>
        /// Return a prompt by <paramref name="label"/> (the default is `production`) or by exact
        /// <paramref name="version"/>. While a rollout runs, <paramref name="unit"/> (a user, a conversation)
        /// always gets the same variant; without a unit it is drawn anew each time. Where there is neither
        /// an answer nor a snapshot, <paramref name="fallback"/> serves; without one a PromptcmsException
        /// says what is wrong.
        /// </summary>
        public async Task<Prompt> GetPromptAsync(
            string name, string label = null, string version = null, string unit = null, Fallback fallback = null)
        {
            Question question = Question.Of(name, label, version, _settings);
            try
            {
                Slot slot = await _cache.GetAsync(question).ConfigureAwait(false);
                Kept kept = slot.Kept; // read once: a refresh may change it in this moment
                Serving serving = slot.Serve(kept, _options.Clock(), _options.MaxStale.TotalSeconds);
                bool exact = question.Version != null;
                return new Prompt(exact ? Choice.Exactly(kept.Document) : Choice.Of(kept.Document, unit, _options.Random), serving, this);
            }
            catch (PromptcmsException problem) when (fallback != null)
            {
                var serving = new Serving(question.Label, PromptState.Fallback, 0, null, problem);
                return new Prompt(Choice.Exactly(PromptDocument.Of(name, fallback)), serving, this);
            }
        }

        /// <summary>
        /// The same, waiting in this thread if there has to be a request. Many threads of the pool that
        /// wait at once hold up the answer itself (before .NET 6 the pool adds a thread every half second),
        /// so a server better awaits <see cref="GetPromptAsync"/>, or gets its prompts once as it starts.
        /// </summary>
        public Prompt GetPrompt(
            string name, string label = null, string version = null, string unit = null, Fallback fallback = null)
        {
            return GetPromptAsync(name, label, version, unit, fallback).GetAwaiter().GetResult();
        }

        /// <summary>
        /// Tell how a call of a model with this prompt went. It is sent in the background, so this never
        /// waits and never raises: an impossible number is left out, and the log says so. A fallback
        /// has no version that it could count for, so it is not sent.
        /// </summary>
        public void Report(Prompt prompt, Report report)
        {
            Observe(prompt.Choice, prompt.Label, report);
        }

        /// <summary>Send the reports that wait, at most for <paramref name="timeout"/> (10 seconds); return how many were not taken.</summary>
        public Task<int> FlushAsync(TimeSpan? timeout = null)
        {
            return _observations.FlushAsync(timeout ?? UsualFlush);
        }

        /// <summary>
        /// Write the prompts of a label into a file that PROMPTCMS_SNAPSHOT can name; return how many there are.
        /// Raises a PromptcmsException if the server refuses or answers something else.
        /// </summary>
        public async Task<int> PullAsync(string file, string label = null, string prefix = null)
        {
            string text = await _server.BundleAsync(label ?? _settings.Label, prefix).ConfigureAwait(false);
            try
            {
                int count = Snapshot.Parse(text).Count;
                Snapshot.Write(file, text);
                return count;
            }
            catch (FormatException problem)
            {
                throw new PromptUnavailableException(
                    $"{_settings.Url} answered something else than a bundle. Does PROMPTCMS_URL lead to promptcms? {problem.Message}");
            }
            catch (Exception problem) when (problem is IOException || problem is UnauthorizedAccessException)
            {
                throw new PromptConfigException($"{file} cannot be written: {problem.Message}", "file");
            }
        }

        /// <summary>Stop refreshing, send the reports that wait (two seconds at most), close the connections.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 1) return;
            AppDomain.CurrentDomain.ProcessExit -= AtExit;
            _cache.Dispose();
            _observations.Dispose();
            _observations.FlushAsync(LastFlush).GetAwaiter().GetResult();
            _transport.Dispose();
        }

        /// <summary>Return where prompts come from; the key is not told.</summary>
        public override string ToString()
        {
            return _settings.Offline ? "promptcms client (offline)" : $"promptcms client of {_settings.Url}";
        }

        void IPromptSink.Supplied(string prompt, ICollection<string> names)
        {
            _supplied.Add(prompt, names);
        }

        void IPromptSink.FellBack(Choice treatment, string label, string message)
        {
            Observe(treatment, label, new Report { Error = true, ErrorType = "compile", Message = message });
        }

        private void Observe(Choice choice, string label, Report report)
        {
            if (choice.Document.Version == null) return;
            Dictionary<string, object> members = Observation.Of(choice, label, _options.UtcNow());
            foreach (KeyValuePair<string, object> member in report.Members(_observations.Complain)) members[member.Key] = member.Value;
            _observations.Add(new Observation(members), report.Sample);
        }

        private void AtExit(object sender, EventArgs nothing)
        {
            Dispose();
        }
    }
}
