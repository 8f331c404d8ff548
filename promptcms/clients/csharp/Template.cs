using System;
using System.Collections.Generic;

namespace Promptcms.Client
{
    /// <summary>
    /// One text, cut into literals and variables once. `{{name}}` is a variable, spaces or tabs
    /// allowed inside the braces; every other brace is text. A value is put in and never read again.
    /// </summary>
    internal sealed class Template
    {
        private const int LongestName = 64;

        private readonly List<string> _literals = new List<string>(); // one more than there are names
        private readonly List<string> _names = new List<string>();

        private Template() { }

        /// <summary>The variables in order of use, repeated where they are used again.</summary>
        public IReadOnlyList<string> Names => _names;

        /// <summary>Cut <paramref name="text"/>. Raises PromptTemplateException where `{{` opens no variable.</summary>
        public static Template Parse(string text)
        {
            var template = new Template();
            int end = 0;
            int open = text.IndexOf("{{", StringComparison.Ordinal);
            while (open >= 0)
            {
                int after = VariableAt(text, open + 2, out string name);
                if (after < 0) throw Broken(text, open);
                template._literals.Add(text.Substring(end, open - end));
                template._names.Add(name);
                end = after;
                open = text.IndexOf("{{", end, StringComparison.Ordinal);
            }
            template._literals.Add(text.Substring(end));
            return template;
        }

        /// <summary>Return the text with what <paramref name="valueOf"/> gives for each variable.</summary>
        public string Fill(Func<string, string> valueOf)
        {
            if (_names.Count == 0) return _literals[0];
            var pieces = new string[2 * _names.Count + 1];
            for (int i = 0; i < _names.Count; i++)
            {
                pieces[2 * i] = _literals[i];
                pieces[2 * i + 1] = valueOf(_names[i]);
            }
            pieces[2 * _names.Count] = _literals[_names.Count];
            return string.Concat(pieces);
        }

        /// <summary>Is this a name that a variable can have?</summary>
        public static bool IsName(string text)
        {
            return text.Length > 0 && NameEnd(text, 0) == text.Length && text.Length <= LongestName;
        }

        /// <summary>Return where the variable that starts at <paramref name="at"/> ends; -1 if none does.</summary>
        private static int VariableAt(string text, int at, out string name)
        {
            int start = Blanks(text, at);
            int end = NameEnd(text, start);
            int close = Blanks(text, end);
            name = text.Substring(start, end - start);
            bool closed = string.CompareOrdinal(text, close, "}}", 0, 2) == 0;
            return closed && end > start && end - start <= LongestName ? close + 2 : -1;
        }

        private static int Blanks(string text, int at)
        {
            while (at < text.Length && (text[at] == ' ' || text[at] == '\t')) at++;
            return at;
        }

        private static int NameEnd(string text, int at)
        {
            int start = at;
            while (at < text.Length && (IsLetter(text[at]) || at > start && text[at] >= '0' && text[at] <= '9')) at++;
            return at;
        }

        private static bool IsLetter(char c)
        {
            return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_';
        }

        private static PromptTemplateException Broken(string text, int open)
        {
            string seen = text.Substring(open, Math.Min(24, text.Length - open));
            return new PromptTemplateException(
                $"'{seen}' at character {open} opens no variable. Write {{{{name}}}}, or put a space between braces that are text.");
        }
    }
}
