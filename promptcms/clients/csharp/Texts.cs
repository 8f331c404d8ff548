using System.Collections.Generic;
using System.Linq;

namespace Promptcms.Client
{
    /// <summary>The texts of one version, cut once, and what may be put in.</summary>
    internal sealed class Texts
    {
        private readonly string _kind;
        private readonly List<Template> _templates;
        private readonly IReadOnlyList<Message> _messages;
        private readonly List<string> _used;
        private readonly Dictionary<string, object> _optional;
        private readonly HashSet<string> _placeholders;
        private readonly bool _lenient;

        private Texts(PromptDocument document)
        {
            _kind = document.Kind;
            _messages = document.Messages ?? new Message[0];
            _templates = _kind == "text"
                ? new List<Template> { Template.Parse(document.Template) }
                : _messages.Select(message => message.Placeholder == null ? Template.Parse(message.Content) : null).ToList();
            _used = _templates.Where(template => template != null).SelectMany(template => template.Names).Distinct().ToList();
            _optional = new Dictionary<string, object>();
            foreach (Variable variable in document.Variables)
                if (!variable.Required) _optional[variable.Name] = variable.Default ?? "";
            _placeholders = new HashSet<string>(_messages.Where(m => m.Placeholder != null).Select(m => m.Placeholder));
            Known = new HashSet<string>(_used.Concat(document.Variables.Select(variable => variable.Name)));
            _lenient = document.Version == null;
        }

        /// <summary>The variables that the texts use or the prompt declares.</summary>
        public HashSet<string> Known { get; }

        /// <summary>Cut the texts of a version. Raises PromptTemplateException if one is broken.</summary>
        public static Texts Of(PromptDocument document)
        {
            return new Texts(document);
        }

        /// <summary>Return the text with the values. <paramref name="other"/> is the other arm of the rollout.</summary>
        public string Fill(IDictionary<string, object> values, Texts other)
        {
            if (_kind != "text") throw new PromptTemplateException("This prompt is a chat. Call CompileMessages.");
            Check(values, other);
            return _templates[0].Fill(name => Value(name, values));
        }

        /// <summary>Return the messages with the values; <paramref name="inserted"/> goes to the placeholders as it is.</summary>
        public List<Message> FillMessages(
            IDictionary<string, object> values, IDictionary<string, IEnumerable<Message>> inserted, Texts other)
        {
            if (_kind != "chat") throw new PromptTemplateException("This prompt is a text. Call Compile.");
            Check(values, other);
            if (!_lenient && !inserted.Keys.All(_placeholders.Contains)) RefusePlaceholders(inserted.Keys, other);
            var filled = new List<Message>();
            for (int i = 0; i < _messages.Count; i++)
            {
                Message message = _messages[i];
                if (message.Placeholder == null)
                    filled.Add(new Message(message.Role, _templates[i].Fill(name => Value(name, values))));
                else if (inserted.TryGetValue(message.Placeholder, out IEnumerable<Message> given))
                    filled.AddRange(given ?? throw new PromptTemplateException(
                        $"The messages for the placeholder {message.Placeholder} are null. Give a list; an empty one puts in nothing."));
            }
            return filled;
        }

        private void Check(IDictionary<string, object> values, Texts other)
        {
            if (!_lenient && !values.Keys.All(Known.Contains)) RefuseVariables(values.Keys, other);
            List<string> missing = _used.Where(name => !values.ContainsKey(name) && !_optional.ContainsKey(name)).ToList();
            if (missing.Count > 0)
                throw new PromptTemplateException($"No value was given for {Listed(missing)}. Pass one for each.");
        }

        private string Value(string name, IDictionary<string, object> values)
        {
            object value = values.TryGetValue(name, out object given) ? given : _optional[name];
            return PlainText.Of(value) ?? throw new PromptTemplateException(
                $"The value of {name} is {(value == null ? "null" : "a " + value.GetType().Name)}. Pass text, a finite number, true or false.");
        }

        private void RefuseVariables(IEnumerable<string> given, Texts other)
        {
            List<string> known = Sorted(Known.Union(other?.Known ?? Known));
            List<string> unknown = Sorted(given.Except(known));
            string has = known.Count == 0 ? "It has no variables." : $"It knows {Listed(known)}.";
            if (unknown.Count > 0) throw new PromptTemplateException($"The prompt has no variable {Listed(unknown)}. {has}");
        }

        private void RefusePlaceholders(IEnumerable<string> given, Texts other)
        {
            List<string> known = Sorted(_placeholders.Union(other?._placeholders ?? _placeholders));
            List<string> unknown = Sorted(given.Except(known));
            string has = known.Count == 0 ? "It has none." : $"It has {string.Join(", ", known)}.";
            if (unknown.Count > 0) throw new PromptTemplateException($"The prompt has no placeholder {string.Join(", ", unknown)}. {has}");
        }

        private static List<string> Sorted(IEnumerable<string> names)
        {
            return names.OrderBy(name => name, System.StringComparer.Ordinal).ToList();
        }

        private static string Listed(IEnumerable<string> names)
        {
            List<string> shown = names.Select(name => "{{" + (name.Length > 64 ? name.Substring(0, 64) : name) + "}}").ToList();
            string more = shown.Count > 10 ? $" and {shown.Count - 10} more" : "";
            return string.Join(", ", shown.Take(10)) + more;
        }
    }
}
