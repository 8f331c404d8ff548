using System;
using System.Collections.Generic;
using System.Threading;

namespace Promptcms.Client
{
    /// <summary>How far a prompt can be trusted to be the present one.</summary>
    public enum PromptState
    {
        /// <summary>The server confirmed it within the last minute (`MaxStale`), or it is an exact version.</summary>
        Fresh,

        /// <summary>The last good answer; the server is away, or says itself that it is behind.</summary>
        Stale,

        /// <summary>From the snapshot file: the server was never reached.</summary>
        Snapshot,

        /// <summary>The caller's own text: there was nothing else.</summary>
        Fallback,
    }

    /// <summary>A prompt as one caller got it. Compile it, tag the span with its attributes, report how it went.</summary>
    public sealed class Prompt
    {
        private readonly Serving _serving;
        private readonly IPromptSink _sink;
        private Choice _choice;

        internal Prompt(Choice choice, Serving serving, IPromptSink sink)
        {
            _choice = choice;
            _serving = serving;
            _sink = sink;
        }

        /// <summary>The prompt's name.</summary>
        public string Name => Served.Name;

        /// <summary>`text` or `chat`.</summary>
        public string Kind => Served.Kind;

        /// <summary>The version, such as `1.2.0`; null for the caller's fallback.</summary>
        public string Version => Served.Version;

        /// <summary>The number of the revision; null for the caller's fallback.</summary>
        public long? Revision => Served.Revision;

        /// <summary>The digest of the version's content; null for the caller's fallback.</summary>
        public string Digest => Served.Digest;

        /// <summary>The text before values are put in; null for a chat.</summary>
        public string Template => Served.Template;

        /// <summary>The messages and placeholders before values are put in; null for a text.</summary>
        public IReadOnlyList<Message> Messages => Served.Messages;

        /// <summary>The model's settings that belong to the version. Shared by all callers: read only.</summary>
        public IReadOnlyDictionary<string, object> Config => Served.Config;

        /// <summary>The variables that the version declares.</summary>
        public IReadOnlyList<Variable> Variables => Served.Variables;

        /// <summary>The JSON schema of the answer; null if there is none.</summary>
        public IReadOnlyDictionary<string, object> OutputSchema => Served.OutputSchema;

        /// <summary>The label that was asked; null for an exact version.</summary>
        public string Label => _serving.Label;

        /// <summary>`treatment` for the new version of a rollout, else `control`.</summary>
        public string Variant => Volatile.Read(ref _choice).Variant;

        /// <summary>How the variant was chosen: `hash` of the unit, `random`, or `none` without a rollout.</summary>
        public string Assignment => Volatile.Read(ref _choice).Assignment;

        /// <summary>The bucket of the unit, 0 to 9999; null without a rollout or without a unit.</summary>
        public int? Bucket => Volatile.Read(ref _choice).Bucket;

        /// <summary>The number of the rollout; null if none runs.</summary>
        public long? RolloutId => Volatile.Read(ref _choice).Rollout?.Id;

        /// <summary>The rollout's epoch, which changes whenever its numbers begin anew; null if none runs.</summary>
        public long? RolloutEpoch => Volatile.Read(ref _choice).Rollout?.Epoch;

        /// <summary>Fresh, stale, from the snapshot, or the caller's fallback.</summary>
        public PromptState State => _serving.State;

        /// <summary>The time since the server confirmed this answer; zero for what does not age.</summary>
        public TimeSpan Age => TimeSpan.FromSeconds(_serving.Age);

        /// <summary>The server's generation, `installation:number`; null if it gave none.</summary>
        public string Generation => _serving.Generation;

        /// <summary>Why it is not fresh; null if it is.</summary>
        public PromptcmsException Error => _serving.Error;

        /// <summary>Did the treatment fail to compile, so that this became the control?</summary>
        public bool FellBack => Volatile.Read(ref _choice).FellBack;

        /// <summary>What a trace span is given: `prompt.name`, `prompt.version`, `prompt.variant` and so on.</summary>
        public IReadOnlyDictionary<string, object> Attributes => Volatile.Read(ref _choice).Attributes();

        internal Choice Choice => Volatile.Read(ref _choice);

        private PromptDocument Served => Volatile.Read(ref _choice).Document;

        /// <summary>
        /// Return the text with <paramref name="values"/> (text, numbers, true or false) put in.
        /// Raises PromptTemplateException naming what is missing or unknown; a treatment that cannot
        /// be filled becomes the control instead, and that is reported.
        /// </summary>
        public string Compile(IDictionary<string, object> values = null)
        {
            values = values ?? new Dictionary<string, object>();
            return Filled(values, choice => choice.Document.Texts.Fill(values, choice.OtherTexts));
        }

        /// <summary>
        /// Return the messages of a chat with the values put in. <paramref name="messages"/> are the
        /// application's own for each placeholder, put in unread. Raises PromptTemplateException.
        /// </summary>
        public IReadOnlyList<Message> CompileMessages(
            IDictionary<string, object> values = null, IDictionary<string, IEnumerable<Message>> messages = null)
        {
            values = values ?? new Dictionary<string, object>();
            messages = messages ?? new Dictionary<string, IEnumerable<Message>>();
            return Filled(values, choice => choice.Document.Texts.FillMessages(values, messages, choice.OtherTexts));
        }

        /// <summary>Return name, version and state.</summary>
        public override string ToString()
        {
            return $"{Name} {Version ?? "(no version)"} ({Variant}, {State.ToString().ToLowerInvariant()})";
        }

        private T Filled<T>(IDictionary<string, object> values, Func<Choice, T> fill)
        {
            _sink.Supplied(Name, values.Keys);
            Choice choice = Volatile.Read(ref _choice);
            try
            {
                return fill(choice);
            }
            catch (PromptTemplateException problem) when (choice.Control != null)
            {
                Choice control = choice.FallenBack();
                T filled = fill(control); // what neither can take is the caller's error
                bool first = Interlocked.CompareExchange(ref _choice, control, choice) == choice;
                if (first) _sink.FellBack(choice, Label, problem.Message);
                return filled;
            }
        }
    }
}
