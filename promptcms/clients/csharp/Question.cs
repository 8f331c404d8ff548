using System;
using System.Linq;
using System.Text;

namespace Promptcms.Client
{
    /// <summary>What is asked of the server: a prompt by label or by exact version.</summary>
    internal struct Question : IEquatable<Question>
    {
        private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

        private Question(string name, string label, string version)
        {
            Name = name;
            Label = label;
            Version = version;
        }

        public string Name { get; }

        /// <summary>The label; null if an exact version is asked.</summary>
        public string Label { get; }

        /// <summary>The exact version; null if a label is asked.</summary>
        public string Version { get; }

        /// <summary>Path and query, encoded.</summary>
        public string Path => "/api/v1/prompts/" + string.Join("/", Name.Split('/').Select(Encoded))
            + (Version == null ? "?label=" + Encoded(Label) : "?version=" + Encoded(Version));

        /// <summary>Return the question of a call. A pin goes before every label, but not before a version.</summary>
        public static Question Of(string name, string label, string version, Settings settings)
        {
            if (string.IsNullOrEmpty(name) || name.Split('/').Any(part => part == "." || part == ".."))
                throw new PromptBadRequestException("A prompt has a name, and no part of it is '.' or '..'.", field: "name");
            if (string.IsNullOrEmpty(label)) label = null; // an empty setting of the application is none
            if (string.IsNullOrEmpty(version)) version = null;
            if (label != null && version != null)
                throw new PromptBadRequestException("Ask for a label or for a version, not for both.", field: "version");
            if (version == null && settings.Pins.TryGetValue(name, out string pinned)) version = pinned;
            return new Question(name, version == null ? label ?? settings.Label : null, version);
        }

        /// <summary>Return text as a part of an address: everything but letters, digits and `-._~` in %XX of UTF-8.</summary>
        public static string Encoded(string text)
        {
            var encoded = new StringBuilder();
            foreach (byte unit in Encoding.UTF8.GetBytes(text))
            {
                if (Unreserved.IndexOf((char)unit) >= 0) encoded.Append((char)unit);
                else encoded.Append('%').Append(unit.ToString("X2"));
            }
            return encoded.ToString();
        }

        public bool Equals(Question other)
        {
            return Name == other.Name && Label == other.Label && Version == other.Version;
        }

        public override bool Equals(object other)
        {
            return other is Question question && Equals(question);
        }

        public override int GetHashCode()
        {
            return (Name.GetHashCode() * 31 + (Label ?? "").GetHashCode()) * 31 + (Version ?? "").GetHashCode();
        }

        public override string ToString()
        {
            return Version == null ? $"{Name} ({Label})" : $"{Name} {Version}";
        }
    }
}
