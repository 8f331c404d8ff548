using System;
using System.Collections.Generic;

namespace Promptcms.Client
{
    /// <summary>One version of a prompt as the server wrote it, with the rollout that runs on its label.</summary>
    internal sealed class PromptDocument
    {
        private readonly Lazy<Texts> _texts;

        private PromptDocument(Members members, bool treatment)
        {
            Name = members.NeededText("name");
            Kind = members.NeededText("kind");
            Version = members.NeededText("version");
            Revision = members["revision"] as long?;
            Digest = members.Text("digest");
            Config = members["config"] as Dictionary<string, object> ?? new Dictionary<string, object>();
            Variables = members.List("variables", Variable.Read);
            OutputSchema = members["output_schema"] as Dictionary<string, object>;
            Label = members.Text("label");
            if (Kind == "text") Template = members.NeededText("template");
            else if (Kind == "chat" && members["messages"] is List<object>) Messages = members.List("messages", Message.Read);
            else throw new FormatException("The answer is no prompt: it is neither a text nor a chat.");
            if (!treatment && members["rollout"] != null) Rollout = new RolloutDocument(members["rollout"]);
            _texts = new Lazy<Texts>(() => Texts.Of(this));
        }

        private PromptDocument(string name, string kind, string template, IReadOnlyList<Message> messages)
        {
            Name = name;
            Kind = kind;
            Template = template;
            Messages = messages;
            Config = new Dictionary<string, object>();
            Variables = new Variable[0];
            _texts = new Lazy<Texts>(() => Texts.Of(this));
        }

        public string Name { get; }
        public string Kind { get; }
        public string Version { get; }
        public long? Revision { get; }
        public string Digest { get; }
        public string Template { get; }
        public IReadOnlyList<Message> Messages { get; }
        public IReadOnlyDictionary<string, object> Config { get; }
        public IReadOnlyList<Variable> Variables { get; }
        public IReadOnlyDictionary<string, object> OutputSchema { get; }
        public string Label { get; }
        public RolloutDocument Rollout { get; }

        /// <summary>The texts, cut once at their first use. Raises PromptTemplateException if one is broken.</summary>
        public Texts Texts => _texts.Value;

        /// <summary>Return what the server answered as a prompt. Raises FormatException if it is none.</summary>
        public static PromptDocument Read(object json)
        {
            return new PromptDocument(Members.Of(json, "it"), false);
        }

        /// <summary>Return the treatment of a rollout, which has no rollout of its own.</summary>
        internal static PromptDocument ReadTreatment(object json)
        {
            return new PromptDocument(Members.Of(json, "the treatment"), true);
        }

        /// <summary>Return the caller's own text or messages as a prompt without a version.</summary>
        public static PromptDocument Of(string name, Fallback fallback)
        {
            string kind = fallback.Messages == null ? "text" : "chat";
            return new PromptDocument(name, kind, fallback.Text, fallback.Messages);
        }
    }

    /// <summary>A second version that some units get.</summary>
    internal sealed class RolloutDocument
    {
        public RolloutDocument(object json)
        {
            Members members = Members.Of(json, "the rollout");
            Id = (long)members.Number("id");
            Epoch = (long)members.Number("epoch");
            Salt = members.NeededText("salt");
            Percent = members.Number("percent");
            Treatment = PromptDocument.ReadTreatment(members["treatment"]);
        }

        public long Id { get; }
        public long Epoch { get; }
        public string Salt { get; }
        public double Percent { get; }
        public PromptDocument Treatment { get; }
    }
}
