using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace Promptcms.Client
{
    /// <summary>The prompts of one label in a file, for where the server cannot be reached.</summary>
    internal sealed class Snapshot
    {
        private readonly Dictionary<string, PromptDocument> _prompts =
            new Dictionary<string, PromptDocument>(StringComparer.Ordinal);

        private readonly string _label;

        private Snapshot(Members members)
        {
            Generation = members.Text("generation");
            _label = members.NeededText("label");
            foreach (KeyValuePair<string, object> prompt in Members.Of(members["prompts"], "the list").All)
                _prompts[prompt.Key] = PromptDocument.Read(prompt.Value);
        }

        /// <summary>The server's generation when it was written; null if it is not known.</summary>
        public string Generation { get; }

        /// <summary>How many prompts there are.</summary>
        public int Count => _prompts.Count;

        /// <summary>Read a file. Raises PromptConfigException if it is not there or no snapshot.</summary>
        public static Snapshot Load(string file)
        {
            try
            {
                return Parse(File.ReadAllText(file, Encoding.UTF8));
            }
            catch (Exception problem) when (
                problem is IOException || problem is UnauthorizedAccessException || problem is FormatException
                || problem is ArgumentException || problem is NotSupportedException)
            {
                throw new PromptConfigException(
                    $"The snapshot {file} cannot be used: {problem.Message.TrimEnd('.')}. Write it anew with PullAsync.", "PROMPTCMS_SNAPSHOT");
            }
        }

        /// <summary>Return the snapshot that a text holds. Raises FormatException.</summary>
        public static Snapshot Parse(string text)
        {
            return new Snapshot(Members.Of(Json.Read(text), "the snapshot"));
        }

        /// <summary>Return the prompt that answers the question; null if the file does not have it.</summary>
        public PromptDocument Find(Question question)
        {
            if (!_prompts.TryGetValue(question.Name, out PromptDocument document)) return null;
            bool fits = question.Version == null ? question.Label == _label : question.Version == document.Version;
            return fits ? document : null;
        }

        /// <summary>Write a text to a file that is whole at every moment, even if the process ends in between.</summary>
        public static void Write(string file, string text)
        {
            string whole = Path.GetFullPath(file);
            string beside = whole + "." + Guid.NewGuid().ToString("N");
            try
            {
                File.WriteAllText(beside, text, new UTF8Encoding(false));
                if (File.Exists(whole)) File.Replace(beside, whole, null);
                else File.Move(beside, whole);
            }
            finally
            {
                File.Delete(beside);
            }
        }
    }
}
