using System.Collections.Generic;

namespace Promptcms.Client
{
    /// <summary>
    /// A message of a chat, or a placeholder for messages that the application puts in:
    /// then <see cref="Placeholder"/> is its name, and there is no role and no content.
    /// </summary>
    public sealed class Message
    {
        /// <summary>Make a message of a role (`system`, `user`, `assistant`) and its text.</summary>
        public Message(string role, string content) : this(role, content, null) { }

        private Message(string role, string content, string placeholder)
        {
            Role = role;
            Content = content;
            Placeholder = placeholder;
        }

        /// <summary>Who speaks.</summary>
        public string Role { get; }

        /// <summary>What is said.</summary>
        public string Content { get; }

        /// <summary>The name of the placeholder; null in a message.</summary>
        public string Placeholder { get; }

        /// <summary>Return role and text.</summary>
        public override string ToString()
        {
            return Placeholder == null ? Role + ": " + Content : "(" + Placeholder + ")";
        }

        /// <summary>Return what the server wrote as a message. Raises FormatException.</summary>
        internal static Message Read(object json)
        {
            var members = Members.Of(json, "a message");
            return members.Text("type") == "placeholder"
                ? new Message(null, null, members.NeededText("name"))
                : new Message(members.NeededText("role"), members.NeededText("content"));
        }

        /// <summary>Return it as an endpoint for chats wants it.</summary>
        internal Dictionary<string, object> ToJson()
        {
            return new Dictionary<string, object> { ["role"] = Role, ["content"] = Content };
        }
    }
}
