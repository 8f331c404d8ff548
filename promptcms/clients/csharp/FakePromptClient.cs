using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace Promptcms.Client
{
    /// <summary>
    /// Stands in for <see cref="PromptClient"/> in unit tests: no server, no timer, and it remembers what
    /// was reported. `new FakePromptClient { ["support/system"] = "Hello {{name}}" }`
    /// </summary>
    public sealed class FakePromptClient : IPromptClient, IPromptSink
    {
        private readonly ConcurrentDictionary<string, PromptDocument> _prompts = new ConcurrentDictionary<string, PromptDocument>();
        private readonly ConcurrentQueue<KeyValuePair<Prompt, Report>> _reports = new ConcurrentQueue<KeyValuePair<Prompt, Report>>();

        /// <summary>Give a prompt its text.</summary>
        public string this[string name]
        {
            set { Set(name, "text", "template", value); }
        }

        /// <summary>What the application reported, in order.</summary>
        public IReadOnlyList<KeyValuePair<Prompt, Report>> Reports => _reports.ToArray();

        /// <summary>Give a prompt its messages.</summary>
        public void SetMessages(string name, params Message[] messages)
        {
            Set(name, "chat", "messages", messages.Select(message => (object)message.ToJson()).ToList());
        }

        /// <summary>Return a prompt; label, version and unit make no difference here.</summary>
        public Task<Prompt> GetPromptAsync(
            string name, string label = null, string version = null, string unit = null, Fallback fallback = null)
        {
            return Task.FromResult(GetPrompt(name, label, version, unit, fallback));
        }

        /// <summary>Return a prompt. Raises PromptNotFoundException if it was not given and there is no fallback.</summary>
        public Prompt GetPrompt(
            string name, string label = null, string version = null, string unit = null, Fallback fallback = null)
        {
            string asked = version == null ? label ?? "production" : null;
            if (_prompts.TryGetValue(name, out PromptDocument document))
                return Served(document, new Serving(asked, PromptState.Fresh, 0, null, null));
            var missing = new PromptNotFoundException(
                $"The fake client has no prompt {name}. It has: {string.Join(", ", _prompts.Keys.OrderBy(known => known))}.");
            if (fallback == null) throw missing;
            return Served(PromptDocument.Of(name, fallback), new Serving(asked, PromptState.Fallback, 0, null, missing));
        }

        /// <summary>Remember a report.</summary>
        public void Report(Prompt prompt, Report report)
        {
            _reports.Enqueue(new KeyValuePair<Prompt, Report>(prompt, report));
        }

        /// <summary>There is nothing to send.</summary>
        public Task<int> FlushAsync(TimeSpan? timeout = null)
        {
            return Task.FromResult(0);
        }

        /// <summary>There is nothing to close.</summary>
        public void Dispose() { }

        void IPromptSink.Supplied(string prompt, ICollection<string> names) { }

        void IPromptSink.FellBack(Choice treatment, string label, string message) { }

        private void Set(string name, string kind, string content, object value)
        {
            _prompts[name] = PromptDocument.Read(new Dictionary<string, object>
            {
                ["name"] = name,
                ["kind"] = kind,
                ["version"] = "0.0.0",
                [content] = value,
            });
        }

        private Prompt Served(PromptDocument document, Serving serving)
        {
            return new Prompt(Choice.Exactly(document), serving, this);
        }
    }
}
